// What the client apps on Node.js have in common: how the tests speak with them.
//
// Reads lines of JSON and writes lines of JSON: first what there is to know (see Known in
// site.py), then the name of a scenario at a time, answered by {"done": name} or by
// {"complaint": text}. Meanwhile it may ask for the person: {"ask": what, ...}.

import { createInterface } from 'node:readline'

const SECONDS = 25 // that a scenario may take; waiting for a device's turn takes 5

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
export const known = await read()

export async function ask(what, given = {}) {
  say({ ask: what, ...given })
  return read()
}

export async function perform(scenarios) {
  for (;;) {
    const name = await read()
    try {
      await inTime(name, scenarios[name])
      say({ done: name })
    } catch (error) {
      say({ complaint: `${error.stack}\n${JSON.stringify(error.cause ?? null)}` })
    }
  }
}

async function inTime(name, scenario) {
  const deadline = new Promise((_, reject) => {
    setTimeout(reject, SECONDS * 1000, new Error(`${name} took too long.`)).unref()
  })
  await Promise.race([scenario(), deadline])
}

async function read() {
  const { value, done } = await lines.next()
  if (done) process.exit()
  return JSON.parse(value)
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
