-- What wrk sends, as the plan says that bench/load.py writes. A thread has one connection.
--
-- body    the same every time
-- bodies  each sent once: codes
-- first   a refresh token for each connection; the next one comes with the answer
-- status  of a good answer: 201 of what makes something, 304 of what is as it was
-- pace    seconds between two requests of a connection. None: as fast as answers come

local plan = dofile(os.getenv("BENCH_PLAN"))
local ffi = require("ffi")
ffi.cdef [[
    struct bench_time { long seconds; long nanoseconds; };
    int clock_gettime(int clock, struct bench_time *now);
]]
local MONOTONIC = 1
local TO_CONNECT = 0.1 -- seconds, for all threads to be there
local clock = ffi.new("struct bench_time")

local function now()
    ffi.C.clock_gettime(MONOTONIC, clock)
    return tonumber(clock.seconds) + tonumber(clock.nanoseconds) / 1e9
end

local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

local place, token, due, is_late
began, ended, answered, took = 0, 0, 0, {} -- what `done` asks each thread for

function init(args)
    place = number + 1
    token = plan.first and plan.first[place]
    began = now()
    due = plan.pace and began + TO_CONNECT + plan.pace * (number + 1) / plan.connections
end

local function body()
    if plan.bodies then return plan.bodies[place] end
    if token then return plan.before .. token end
    return plan.body
end

local function send_next(status, answer)
    if plan.bodies then
        place = place + plan.connections
        if not plan.bodies[place] then wrk.thread:stop() end
    elseif plan.first then
        token = string.match(answer, '"refresh_token": *"([^"]+)"')
        if not token then wrk.thread:stop() end
    end
end

if plan.pace then
    -- A request that could not be sent in time waits from when it was due, not from when it was
    -- sent: who calls the site does not wait for others to be answered ("coordinated omission").
    function delay()
        local left = due - now()
        is_late = left < 0
        return is_late and 0 or math.ceil(left * 1000)
    end
end

local sent
if plan.pace or plan.bodies or plan.first then
    function request()
        sent = now()
        if plan.pace then
            if is_late then sent = due end
            due = due + plan.pace
        end
        return wrk.format(plan.method, plan.path, plan.headers, body())
    end

    function response(status, headers, answer)
        ended = now()
        answered = answered + 1
        if plan.pace then table.insert(took, math.floor((ended - sent) * 1e6)) end
        if status == plan.status then send_next(status, answer) else wrk.thread:stop() end
    end
else
    wrk.method, wrk.path, wrk.body = plan.method, plan.path, plan.body
    for name, value in pairs(plan.headers) do wrk.headers[name] = value end
end

local function total_of(errors)
    return errors.connect + errors.read + errors.write + errors.status + errors.timeout
end

function done(summary, latency, requests)
    local rate, all = 0, {}
    for _, thread in ipairs(threads) do
        local elapsed = thread:get("ended") - thread:get("began")
        if elapsed > 0 then rate = rate + thread:get("answered") / elapsed end
        for _, each in ipairs(thread:get("took")) do table.insert(all, each) end
    end
    if rate == 0 then rate = summary.requests / summary.duration * 1e6 end
    print(string.format("answered %d", summary.requests))
    print(string.format("errors %d", total_of(summary.errors)))
    print(string.format("rate %.3f", rate))
    print("took " .. table.concat(all, " "))
end
