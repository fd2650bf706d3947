package config

import (
	"errors"
	"slices"

	"ringback/ivr/event"
)

// EventType is a type of event by its name in package event.
type EventType event.Type

// MarshalText is the type's name.
func (t EventType) MarshalText() ([]byte, error) { return []byte(event.Type(t).String()), nil }

// UnmarshalText takes one of the names.
func (t *EventType) UnmarshalText(b []byte) error {
	x, err := event.ParseType(string(b))
	if err != nil {
		return errors.New("is not a type of event" + meant(string(b), names(event.Types())))
	}
	*t = EventType(x)
	return nil
}

// EventPart is a part of an event by its name in package event.
type EventPart event.Part

// MarshalText is the part's name.
func (p EventPart) MarshalText() ([]byte, error) { return []byte(event.Part(p).String()), nil }

// UnmarshalText takes one of the names.
func (p *EventPart) UnmarshalText(b []byte) error {
	x, err := event.ParsePart(string(b))
	if err != nil {
		return errors.New("is not a part of an event" + meant(string(b), names(event.Parts())))
	}
	*p = EventPart(x)
	return nil
}

func names[T interface{ String() string }](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.String()
	}
	return out
}

// outcomes checks what agents choose from.
func (c *checker) outcomes() {
	d := &c.c.Desk
	if len(d.Outcomes) == 0 && !c.bad("desk.outcomes") {
		d.Outcomes = []string{"reconnected", "number_changed", "referred", "suspect", "no_show", "other"}
	}
	if n := len(d.Outcomes); n < 2 || n > 20 {
		c.fail("desk.outcomes", "must be 2 to 20")
	}
	seen := make(map[string]string)
	for i, o := range d.Outcomes {
		c.id(seen, index("desk.outcomes", i), o)
	}
}

// events checks the hooks, and gives those that name no types all of them.
func (c *checker) events() {
	urls := make(map[string]string)
	for i := range c.c.Events {
		e, at := &c.c.Events[i], index("events", i)
		c.needSecret(at+".url", e.URL.IsZero())
		if err := event.CheckURL(e.URL.Reveal()); err != nil && !e.URL.IsZero() {
			c.fail(at+".url", "%s", err)
		}
		c.unique(urls, at+".url", e.URL.Reveal())
		c.needSecret(at+".secret", e.Secret.IsZero())
		for path, secret := range map[string]Secret{at + ".secret": e.Secret, at + ".secret_old": e.SecretOld} {
			if !secret.IsZero() && len(secret.Reveal()) < event.MinSecret {
				c.fail(path, "is too short: make one with `openssl rand -base64 32`")
			}
		}
		if !e.SecretOld.IsZero() && e.SecretOld.Equal(e.Secret) {
			c.fail(at+".secret_old", "is the same as secret")
		}
		if len(e.Types) == 0 && !c.bad(at+".types") {
			for _, t := range event.Types() {
				e.Types = append(e.Types, EventType(t))
			}
		}
		if slices.Contains(e.Include, EventPart(event.PartUniqueID)) {
			c.warn(at+".include", "has unique_id: people's IDs leave Ringback for there")
		}
		if slices.Contains(e.Include, EventPart(event.PartNote)) {
			c.warn(at+".include", "has note: what agents wrote leaves Ringback for there")
		}
	}
}
