package duobox

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// User is a person in the box. It prints its id only.
type User struct {
	ID       string // "": a random one
	Username string
	Aliases  []string // at most four
	RealName string
	Email    string
	Status   string // "active", "bypass", "disabled", "locked out", ...; "": "active"
	Phones   []Phone
}

// String is the id.
func (u User) String() string { return "duobox user " + u.ID }

// LogValue is the id.
func (u User) LogValue() slog.Value { return slog.StringValue(u.ID) }

// Phone is a device in the box. It prints its id only.
type Phone struct {
	ID        string // "": a random one
	Number    string // with its plus; "": a tablet
	Name      string
	Type      string // "Mobile", "Landline", "Unknown"; "": "Mobile"
	Platform  string // "Apple iOS", "Google Android", "Generic Smartphone", "Unknown"; "": "Google Android", but "Unknown" for a type that is no mobile
	Model     string // "": by platform, once the phone has been activated
	Activated bool
	LastSeen  time.Time // zero: never
}

// String is the id.
func (p Phone) String() string { return "duobox phone " + p.ID }

// LogValue is the id.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.ID) }

// mobile reports whether Duo Mobile can be on the phone at all.
func (p *Phone) mobile() bool { return p.Type == "Mobile" && p.Platform != "Unknown" }

// Duo's limits: one more is answered with 50001.
const (
	maxPhonesOfUser = 100
	maxUsersOfPhone = 100
)

// AddUser puts a person and their phones into the box. A phone whose id is there
// already is shared.
func (b *Box) AddUser(u User) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if u.Username == "" || len(u.Aliases) > 4 {
		return errors.New("duobox: a user needs a username, and at most four aliases")
	}
	for _, name := range append([]string{u.Username}, u.Aliases...) {
		if b.userByName(name) != nil {
			return fmt.Errorf("duobox: user %q: the username or an alias is taken", u.ID)
		}
	}
	if u.ID == "" {
		id, err := b.token(18, idChars)
		if err != nil {
			return err
		}
		u.ID = "DU" + id
	}
	if b.user(u.ID) != nil {
		return fmt.Errorf("duobox: user %q is there already", u.ID)
	}
	if u.Status == "" {
		u.Status = "active"
	}
	var ids []string
	for _, p := range u.Phones {
		id, err := b.addPhone(p)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	u.Phones, u.Aliases = nil, slices.Clone(u.Aliases)
	b.users = append(b.users, &u)
	b.owners[u.ID] = ids
	return nil
}

// addPhone adds a phone, if it is new, and returns its id; b.mu is held.
func (b *Box) addPhone(p Phone) (string, error) {
	if p.ID != "" && b.phone(p.ID) != nil {
		return p.ID, nil
	}
	if p.Number != "" {
		number, ok := parseNumber(p.Number)
		if !ok {
			return "", fmt.Errorf("duobox: phone %q: the number is no number", p.ID)
		}
		if b.phoneByNumber(number) != nil {
			return "", fmt.Errorf("duobox: phone %q: the number is taken", p.ID)
		}
		p.Number = number
	}
	if p.ID == "" {
		id, err := b.token(18, idChars)
		if err != nil {
			return "", err
		}
		p.ID = "DP" + id
	}
	if p.Type == "" {
		p.Type = "Mobile"
	}
	if p.Platform == "" {
		p.Platform = "Unknown"
		if p.Type == "Mobile" {
			p.Platform = "Google Android"
		}
	}
	b.phones = append(b.phones, &p)
	return p.ID, nil
}

// SetUserStatus changes a person's status: "active", "locked out", ...
func (b *Box) SetUserStatus(userID, status string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.user(userID)
	if u == nil {
		return fmt.Errorf("duobox: no user %q", userID)
	}
	u.Status = status
	return nil
}

// Users is a copy of everybody, with their phones, in the order of adding.
func (b *Box) Users() []User {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]User, 0, len(b.users))
	for _, u := range b.users {
		c := *u
		c.Aliases = slices.Clone(u.Aliases)
		for _, id := range b.owners[u.ID] {
			c.Phones = append(c.Phones, *b.phone(id))
		}
		all = append(all, c)
	}
	return all
}

// Phone is a copy of the phone with that id or number.
func (b *Box) Phone(idOrNumber string) (Phone, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.device(idOrNumber)
	if p == nil {
		return Phone{}, false
	}
	return *p, true
}

// The look-ups below return nil for nobody; b.mu is held.

func (b *Box) user(id string) *User {
	return first(b.users, func(u *User) bool { return u.ID == id })
}

func (b *Box) userByName(name string) *User {
	return first(b.users, func(u *User) bool {
		return strings.EqualFold(u.Username, name) ||
			slices.ContainsFunc(u.Aliases, func(a string) bool { return strings.EqualFold(a, name) })
	})
}

func (b *Box) phone(id string) *Phone {
	return first(b.phones, func(p *Phone) bool { return p.ID == id })
}

func (b *Box) phoneByNumber(number string) *Phone {
	return first(b.phones, func(p *Phone) bool { return p.Number == number && number != "" })
}

// usersOf are the people who have a phone.
func (b *Box) usersOf(phoneID string) []*User {
	var us []*User
	for _, u := range b.users {
		if slices.Contains(b.owners[u.ID], phoneID) {
			us = append(us, u)
		}
	}
	return us
}

func first[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

// parseNumber reads a number as Duo does: dashes and spaces are ignored, and what
// has no plus is American.
func parseNumber(s string) (string, bool) {
	s = strings.NewReplacer("-", "", " ", "", "(", "", ")", "", ".", "").Replace(s)
	rest, plus := strings.CutPrefix(s, "+")
	if strings.Trim(rest, digits) != "" {
		return "", false
	}
	if !plus {
		rest = "1" + strings.TrimPrefix(rest, "1")
	}
	return "+" + rest, len(rest) >= 8 && len(rest) <= 15
}
