package duobox

import (
	"errors"
	"net/url"
	"strings"
	"time"
)

// Why an activation link does not work.
var (
	ErrUnknownLink = errors.New("that is no activation link of this Duo")
	ErrUsedLink    = errors.New("the link has been used")
	ErrVoidedLink  = errors.New("a newer link has replaced this one")
	ErrExpiredLink = errors.New("the link has expired")
	ErrDown        = errors.New("this Duo is down")
)

// link is one activation link. It works once.
type link struct {
	phoneID string
	expires time.Time
	used    bool
	voided  bool
}

// issue makes a link, voids those before it and takes the phone's credentials,
// unless [Box.KeepOld]; b.mu is held.
func (b *Box) issue(p *Phone, valid time.Duration) (code string, err error) {
	code, err = b.token(20, letters)
	if err != nil {
		return "", err
	}
	b.void(p.ID)
	if !b.keepOld {
		p.Activated = false
	}
	b.links[code] = &link{phoneID: p.ID, expires: b.clock.Now().Add(valid)}
	return code, nil
}

// void ends the links of a phone; b.mu is held.
func (b *Box) void(phoneID string) {
	for _, l := range b.links {
		if l.phoneID == phoneID {
			l.voided = true
		}
	}
}

// dead says why a link does not work, or nil; b.mu is held.
func (b *Box) dead(l *link) error {
	switch {
	case l == nil:
		return ErrUnknownLink
	case l.used: // before voided, which a used one may be, too
		return ErrUsedLink
	case l.voided:
		return ErrVoidedLink
	case !b.clock.Now().Before(l.expires):
		return ErrExpiredLink
	case b.phone(l.phoneID) == nil:
		return ErrUnknownLink
	}
	return nil
}

// Open is a person tapping an activation link on the phone: afterwards the phone
// is activated, or the error says why not.
func (b *Box) Open(activationURL string) error {
	u, err := url.Parse(activationURL)
	if err != nil {
		return ErrUnknownLink // the parser's error would quote the link
	}
	i := strings.LastIndex(u.Path, activatePath)
	if i < 0 {
		return ErrUnknownLink
	}
	return b.activate(u.Path[i+len(activatePath):])
}

// activate uses up a link.
func (b *Box) activate(code string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fault.Down {
		return ErrDown
	}
	l := b.links[code]
	if err := b.dead(l); err != nil {
		return err
	}
	p := b.phone(l.phoneID)
	l.used = true
	p.Activated = true
	p.LastSeen = b.clock.Now().UTC().Truncate(time.Second)
	if p.Model == "" {
		p.Model = model(p.Platform)
	}
	return nil
}

func model(platform string) string {
	switch platform {
	case "Apple iOS":
		return "iPhone"
	case "Google Android":
		return "Android phone"
	}
	return "Smartphone"
}
