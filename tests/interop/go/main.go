// How the tests speak with the apps: as with those on Node.js (../harness.mjs), by lines of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"os"
	"time"
)

const timeout = 25 * time.Second // that a scenario may take

type client struct {
	ID          string `json:"client_id"`
	Secret      string `json:"client_secret"`
	RedirectURI string `json:"redirect_uri"`
}

// known is what Known in ../site.py tells.
type known struct {
	Issuer  string `json:"issuer"`
	Proxy   client `json:"proxy"`
	Kubectl client `json:"kubectl"`
	Email   string `json:"email"`
	Group   string `json:"group"`
}

var lines = bufio.NewScanner(os.Stdin)

func main() {
	lines.Buffer(nil, 1<<20)
	var told known
	read(&told)
	var app *app
	for {
		var scenario string
		read(&scenario)
		if err := perform(&app, told, scenario); err != nil {
			say(map[string]string{"complaint": err.Error()})
		} else {
			say(map[string]string{"done": scenario})
		}
	}
}

// perform begins with discovery, and keeps what that found for all that follows.
func perform(kept **app, told known, scenario string) error {
	if *kept == nil {
		found, err := discover(context.Background(), told)
		if err != nil {
			return err
		}
		*kept = found
	}
	scenarios := map[string]func(context.Context) error{
		"server":       (*kept).signsInToServer,
		"command_line": (*kept).signsInToCommandLine,
		"userinfo":     (*kept).asksUserinfo,
		"refresh":      (*kept).refreshes,
		"audience":     (*kept).refusesTokensOfOthers,
		"refusal":      (*kept).understandsRefusals,
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return scenarios[scenario](ctx)
}

// open has the person go where the app sends them, and returns where that led.
func open(there string) string {
	say(map[string]string{"ask": "open", "url": there})
	var arrival struct {
		URL string `json:"url"`
	}
	read(&arrival)
	return arrival.URL
}

func read(into any) {
	if !lines.Scan() {
		os.Exit(0)
	}
	if err := json.Unmarshal(lines.Bytes(), into); err != nil {
		log.Fatal(err)
	}
}

func say(message any) {
	if err := json.NewEncoder(os.Stdout).Encode(message); err != nil {
		log.Fatal(err)
	}
}
