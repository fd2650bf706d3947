package config

import (
	"fmt"
	"slices"
	"time"

	"ringback/ivr"
)

// Line is one phone number of the institution with its own name and hours.
type Line struct {
	ID                string            `yaml:"id"`     // lower case letters, digits, - and _
	Number            Number            `yaml:"number"` // lines that share one ask which is meant
	Name              string            `yaml:"name"`
	SpokenName        string            `yaml:"spoken_name"`         // when the name does not read well; name
	Languages         []string          `yaml:"languages"`           // the first greets, 8 switches; en-US
	Voice             string            `yaml:"voice"`               // of the first language: Polly.Joanna-Neural; the catalogue's
	TimeZone          string            `yaml:"time_zone"`           // America/New_York
	Hours             Hours             `yaml:"hours"`               // at least one span
	Holidays          []Holiday         `yaml:"holidays"`            // none
	Notice            string            `yaml:"notice"`              // spoken before the menu: a closure, an outage; none
	FallbackNumber    Number            `yaml:"fallback_number"`     // people, when nothing else works; no line of ours
	SelfServiceURL    string            `yaml:"self_service_url"`    // https; none
	SelfServiceSpoken string            `yaml:"self_service_spoken"` // its address as it is said; host and path
	TicketsTo         string            `yaml:"tickets_to"`          // the desk's mailbox, told of callers who were not reached; none
	UniqueID          UniqueID          `yaml:"unique_id"`
	Factors           []Factor          `yaml:"factors"`           // asked in this order; policy.links.factors
	Policy            Needs             `yaml:"policy"`            // what its callers need beyond the policy; nothing
	PrivilegedGroups  []string          `yaml:"privileged_groups"` // beside the policy's; none
	Agents            []string          `yaml:"agents"`            // ids; every agent who serves the line
	Words             map[string]string `yaml:"words"`             // message id -> what is said instead, in the first language; none

	// Schedule is time_zone, hours and holidays, made ready by the checks.
	Schedule ivr.Hours `yaml:"-" json:"-"`
}

// UniqueID is the number by which people name themselves.
type UniqueID struct {
	Digits int    `yaml:"digits"` // 4 to 12; 7
	Name   string `yaml:"name"`   // as it is said; "unique I D"
}

// Hours are opening hours by weekday; a day that is left out is closed.
type Hours struct {
	Mon []TimeSpan `yaml:"mon"`
	Tue []TimeSpan `yaml:"tue"`
	Wed []TimeSpan `yaml:"wed"`
	Thu []TimeSpan `yaml:"thu"`
	Fri []TimeSpan `yaml:"fri"`
	Sat []TimeSpan `yaml:"sat"`
	Sun []TimeSpan `yaml:"sun"`
}

// Holiday is a day on which a line stays closed.
type Holiday struct {
	Date   Date   `yaml:"date"`
	Reason string `yaml:"reason"` // as it is said
}

// days are the weekdays' spans, Sunday first as in package time.
func (h Hours) days() [7][]TimeSpan {
	return [7][]TimeSpan{h.Sun, h.Mon, h.Tue, h.Wed, h.Thu, h.Fri, h.Sat}
}

// weekdays are the keys of [Hours], Sunday first.
func weekdays() [7]string { return [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// Serves reports whether the agent takes calls of the line: both sides must
// allow it, and an empty list allows all.
func (a Agent) Serves(l Line) bool {
	return (len(a.Lines) == 0 || slices.Contains(a.Lines, l.ID)) && (len(l.Agents) == 0 || slices.Contains(l.Agents, a.ID))
}

// schedule checks a line's times and makes them ready.
func (c *checker) schedule(path string, l *Line) {
	l.Schedule = ivr.Hours{Holidays: make(map[string]string, len(l.Holidays))}
	switch zone, err := time.LoadLocation(l.TimeZone); {
	case l.TimeZone == "" || l.TimeZone == "Local":
		c.fail(path+".time_zone", "name the zone, such as America/New_York")
	case err != nil:
		c.fail(path+".time_zone", "is not a known time zone, such as America/New_York")
	default:
		l.Schedule.Location = zone
	}
	c.week(path+".hours", l)
	for i, h := range l.Holidays {
		at := fmt.Sprintf("%s.holidays[%d]", path, i)
		if _, twice := l.Schedule.Holidays[string(h.Date)]; twice && h.Date != "" {
			c.fail(at+".date", "is given twice")
		}
		c.need(at+".date", string(h.Date))
		c.need(at+".reason", h.Reason)
		l.Schedule.Holidays[string(h.Date)] = h.Reason
	}
}

// week compiles the hours and refuses those that overlap, also past midnight.
func (c *checker) week(path string, l *Line) {
	days, names := l.Hours.days(), weekdays()
	open := false
	for d, spans := range days {
		at := path + "." + names[d]
		sorted := slices.SortedFunc(slices.Values(spans), func(a, b TimeSpan) int { return a.From - b.From })
		for i, s := range sorted {
			open = true
			l.Schedule.Weekly[d] = append(l.Schedule.Weekly[d], ivr.Span(s))
			if i > 0 && sorted[i-1].To > s.From {
				c.fail(at, "has spans that overlap")
			}
		}
	}
	if !open && !c.bad(path) {
		c.fail(path, "%s", `is never open: give at least one day, such as mon: ["08:00-17:00"]`)
	}
	for d, spans := range l.Schedule.Weekly {
		next := (d + 1) % 7
		if len(spans) == 0 || len(l.Schedule.Weekly[next]) == 0 {
			continue
		}
		if spans[len(spans)-1].To-24*60 > l.Schedule.Weekly[next][0].From {
			c.fail(path+"."+names[d], "runs past midnight into the hours of %s", names[next])
		}
	}
}
