package duo

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// UserStatus is what Duo lets a person do.
type UserStatus int

// The statuses. Duo adds new ones without notice; they are StatusUnknown.
const (
	StatusUnknown UserStatus = iota
	StatusActive
	StatusBypass    // signs in without a second factor
	StatusDisabled  // may not sign in
	StatusLockedOut // set by Duo after too many failures
	StatusDeleting  // about to be deleted
)

// String is the status as Duo's API writes it, or "unknown".
func (s UserStatus) String() string {
	switch s {
	case StatusActive:
		return "active"
	case StatusBypass:
		return "bypass"
	case StatusDisabled:
		return "disabled"
	case StatusLockedOut:
		return "locked out"
	case StatusDeleting:
		return "pending deletion"
	case StatusUnknown:
	}
	return "unknown"
}

// ParseUserStatus reads what Duo's API writes; everything new is StatusUnknown.
func ParseUserStatus(s string) UserStatus {
	for v := StatusActive; v <= StatusDeleting; v++ {
		if strings.EqualFold(v.String(), s) {
			return v
		}
	}
	return StatusUnknown
}

// User is a person in Duo. It prints its id only.
type User struct {
	ID       string // user_id, the only name that other calls take
	Username string
	Aliases  []string
	RealName string
	Email    string
	Status   UserStatus
	Enrolled bool
	Phones   []Phone
}

// String is the id.
func (u User) String() string { return "duo user " + u.ID }

// GoString is the id.
func (u User) GoString() string { return u.String() }

// LogValue is the id.
func (u User) LogValue() slog.Value { return slog.StringValue(u.ID) }

// wireUser is a user as Duo writes it.
type wireUser struct {
	ID       lenientString          `json:"user_id"`
	Username lenientString          `json:"username"`
	Alias1   lenientString          `json:"alias1"`
	Alias2   lenientString          `json:"alias2"`
	Alias3   lenientString          `json:"alias3"`
	Alias4   lenientString          `json:"alias4"`
	Aliases  lenientMap             `json:"aliases"`
	RealName lenientString          `json:"realname"`
	Email    lenientString          `json:"email"`
	Status   lenientString          `json:"status"`
	Enrolled lenientBool            `json:"is_enrolled"`
	Phones   lenientList[wirePhone] `json:"phones"`
}

func (w wireUser) user() User {
	u := User{
		ID: string(w.ID), Username: string(w.Username), RealName: string(w.RealName), Email: string(w.Email),
		Status: ParseUserStatus(string(w.Status)), Enrolled: bool(w.Enrolled), Phones: phones(w.Phones),
	}
	for _, a := range append([]lenientString{w.Alias1, w.Alias2, w.Alias3, w.Alias4}, w.Aliases.values()...) {
		if a != "" && !slices.Contains(u.Aliases, string(a)) {
			u.Aliases = append(u.Aliases, string(a))
		}
	}
	return u
}

// UserByUsername finds a person by username or alias, phones included. The
// person found may have another username than was asked for: go on with the
// User's id, and compare its Username where an alias is not enough. Nobody is
// [ErrNotFound]. An answer that names several people, or one who does not go by
// that name, is [ErrUnavailable].
func (c *Client) UserByUsername(ctx context.Context, username string) (User, error) {
	if strings.TrimSpace(username) == "" {
		return User{}, invalid(opUser)
	}
	found, err := send[[]wireUser](ctx, c, request{
		op: opUser, method: http.MethodGet, path: "/admin/v1/users", query: url.Values{"username": {username}},
	})
	switch {
	case err != nil:
		return User{}, err
	case len(found) == 0:
		return User{}, &Error{Op: opUser, Kind: ErrNotFound, Status: http.StatusOK}
	case len(found) > 1:
		return User{}, unusable(opUser)
	}
	u := found[0].user()
	if !validID(u.ID) || !u.goesBy(username) {
		return User{}, unusable(opUser)
	}
	return u, nil
}

// goesBy reports whether Duo can have meant u by a name. Duo may take the name
// without its domain (DOMAIN\name, name@domain), as far as it was told to.
func (u User) goesBy(name string) bool {
	short := name[strings.LastIndexByte(name, '\\')+1:]
	short, _, _ = strings.Cut(short, "@")
	for _, own := range append([]string{u.Username}, u.Aliases...) {
		if strings.EqualFold(own, name) || strings.EqualFold(own, short) {
			return true
		}
	}
	return false
}

// unusable is a read that was answered with something that cannot be meant.
func unusable(op string) error {
	return &Error{Op: op, Kind: ErrUnavailable, Status: http.StatusOK}
}

// validID guards paths: Duo's ids are twenty letters and digits.
func validID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return id != "" && len(id) <= 64
}
