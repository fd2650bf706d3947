package config

import (
	"github.com/nyaruka/phonenumbers"

	"ringback/ivr"
)

// Callbacks says who may be called back, and how often that is tried. Calls cost
// money and reach strangers: without a country nobody is called.
type Callbacks struct {
	Countries    []string `yaml:"countries"`      // whose numbers are called, by ISO 3166: [US]; none: callbacks are off
	Attempts     int      `yaml:"attempts"`       // to reach somebody, 1 to 10; 3
	Gap          Duration `yaml:"gap"`            // between two attempts, 1m to 24h; 10m
	Quiet        TimeSpan `yaml:"quiet"`          // in which nobody is called, by the line's clock; none
	Window       Duration `yaml:"window"`         // for the person to press 1, 15s to 60s; 60s
	Slots        int      `yaml:"slots"`          // times that callers can choose from, 0 to 3; 3
	PerNumberDay int      `yaml:"per_number_day"` // callbacks of one number, 1 to 20; 3
	PerPrefixDay int      `yaml:"per_prefix_day"` // of numbers that differ in the last four digits alone, 1 to 1000; 20
	PerLine      int      `yaml:"per_line"`       // that are open at once, 1 to 1000; 100
}

// On reports whether anybody is called back.
func (b Callbacks) On() bool { return len(b.Countries) > 0 }

// Silence is the quiet part of the day as the dialogue wants it.
func (b Callbacks) Silence() ivr.Quiet {
	return ivr.Quiet{From: b.Quiet.From, To: b.Quiet.To % (24 * 60)}
}

func (c *checker) callbacks() {
	b := &c.c.Callbacks
	within(c, "callbacks.attempts", &b.Attempts, 3, 1, 10, more)
	within(c, "callbacks.gap", &b.Gap, 10*minute, minute, 24*hour, neither)
	within(c, "callbacks.window", &b.Window, 60*second, 15*second, 60*second, neither)
	within(c, "callbacks.slots", &b.Slots, 3, 0, 3, neither)
	within(c, "callbacks.per_number_day", &b.PerNumberDay, 3, 1, 20, more)
	within(c, "callbacks.per_prefix_day", &b.PerPrefixDay, 20, 1, 1000, more)
	within(c, "callbacks.per_line", &b.PerLine, 100, 1, 1000, more)
	if b.Quiet.To-b.Quiet.From >= 24*60 {
		c.fail("callbacks.quiet", "is all day: nobody would be called")
	}
	if !b.On() && c.given("callbacks") && !c.bad("callbacks") && !c.bad("callbacks.countries") {
		c.fail("callbacks.countries", "is missing: without it nobody is called back, so leave out all of callbacks")
	}
	known := phonenumbers.GetSupportedRegions()
	seen := make(map[string]string)
	for i, country := range b.Countries {
		at := index("callbacks.countries", i)
		if !known[country] {
			c.fail(at, "is not a country, such as US")
		}
		c.unique(seen, at, country)
	}
}
