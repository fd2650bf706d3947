package duo

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// PhoneType is the kind of a phone.
type PhoneType int

// The kinds. Duo's own "Unknown" and anything new are TypeUnknown.
const (
	TypeUnknown PhoneType = iota
	TypeMobile
	TypeLandline
)

// String is the kind as Duo's API writes it.
func (t PhoneType) String() string {
	switch t {
	case TypeMobile:
		return "Mobile"
	case TypeLandline:
		return "Landline"
	case TypeUnknown:
	}
	return "Unknown"
}

// ParsePhoneType reads what Duo's API writes, in any case.
func ParsePhoneType(s string) PhoneType {
	for _, t := range []PhoneType{TypeMobile, TypeLandline} {
		if strings.EqualFold(t.String(), s) {
			return t
		}
	}
	return TypeUnknown
}

// Phone is a device in Duo. It prints its id only.
type Phone struct {
	ID           string
	Number       string // E.164, or "" where there is none or it makes no sense
	Extension    string
	Name         string
	Type         PhoneType
	Platform     string // "Apple iOS", "Google Android", "Generic Smartphone", "Unknown", or new
	Model        string
	Capabilities []string  // of the kind of device: "push" stands there before it is activated
	Activated    bool      // Duo Mobile works on it
	LastSeen     time.Time // zero: never
	UserIDs      []string  // its owners; only when the phone itself was asked for
}

// String is the id.
func (p Phone) String() string { return "duo phone " + p.ID }

// GoString is the id.
func (p Phone) GoString() string { return p.String() }

// LogValue is the id.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.ID) }

// CanActivate reports whether Duo makes activation links for the phone: it must
// be a mobile with a known platform.
func (p Phone) CanActivate() bool {
	return p.Type == TypeMobile && p.Platform != "" && !strings.EqualFold(p.Platform, "unknown")
}

// Textable reports whether the links can be texted to the phone. A smartphone
// without a number is a tablet to Duo.
func (p Phone) Textable() bool { return p.CanActivate() && p.Number != "" }

// CanPush reports whether a verification push reaches the phone now.
func (p Phone) CanPush() bool { return p.Activated && slices.Contains(p.Capabilities, "push") }

// wirePhone is a phone as Duo writes it.
type wirePhone struct {
	ID           lenientString              `json:"phone_id"`
	Number       lenientString              `json:"number"`
	Extension    lenientString              `json:"extension"`
	Name         lenientString              `json:"name"`
	Type         lenientString              `json:"type"`
	Platform     lenientString              `json:"platform"`
	Model        lenientString              `json:"model"`
	Capabilities lenientList[lenientString] `json:"capabilities"`
	Activated    lenientBool                `json:"activated"`
	LastSeen     lenientString              `json:"last_seen"`
	Users        lenientList[struct {
		ID lenientString `json:"user_id"`
	}] `json:"users"`
}

func (w wirePhone) phone() Phone {
	p := Phone{
		ID: string(w.ID), Number: NormalizeNumber(string(w.Number)), Extension: string(w.Extension),
		Name: string(w.Name), Type: ParsePhoneType(string(w.Type)), Platform: string(w.Platform),
		Model: string(w.Model), Activated: bool(w.Activated), LastSeen: lastSeen(string(w.LastSeen)),
	}
	for _, s := range w.Capabilities {
		p.Capabilities = append(p.Capabilities, string(s))
	}
	for _, u := range w.Users {
		p.UserIDs = append(p.UserIDs, string(u.ID))
	}
	return p
}

func phones(ws []wirePhone) []Phone {
	ps := make([]Phone, 0, len(ws))
	for _, w := range ws {
		ps = append(ps, w.phone())
	}
	return ps
}

// lastSeen reads Duo's time, which names no zone and is UTC.
func lastSeen(s string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Phones lists a user's phones. Duo keeps at most 100, which is one page.
func (c *Client) Phones(ctx context.Context, userID string) ([]Phone, error) {
	if !validID(userID) {
		return nil, invalid(opPhones)
	}
	ws, err := send[[]wirePhone](ctx, c, request{
		op: opPhones, method: http.MethodGet, path: "/admin/v1/users/" + userID + "/phones",
	})
	if err != nil {
		return nil, err
	}
	return phones(ws), nil
}

// Phone reads one phone; one that was deleted is [ErrNotFound]. It is how to see
// whether a phone has been activated, and what became of an [ErrUnclear].
func (c *Client) Phone(ctx context.Context, phoneID string) (Phone, error) {
	if !validID(phoneID) {
		return Phone{}, invalid(opPhone)
	}
	w, err := send[wirePhone](ctx, c, request{
		op: opPhone, method: http.MethodGet, path: "/admin/v1/phones/" + phoneID,
	})
	switch {
	case err != nil:
		return Phone{}, err
	case string(w.ID) != phoneID:
		return Phone{}, unusable(opPhone)
	}
	return w.phone(), nil
}

// PhoneByNumber finds the phone with a number (E.164), or [ErrNotFound]. It tells
// whether a [Client.CreatePhone] whose answer was lost made one.
func (c *Client) PhoneByNumber(ctx context.Context, number string) (Phone, error) {
	if !isE164(number) {
		return Phone{}, invalid(opFindPhone)
	}
	found, err := send[[]wirePhone](ctx, c, request{
		op: opFindPhone, method: http.MethodGet, path: "/admin/v1/phones", query: url.Values{"number": {number}},
	})
	switch {
	case err != nil:
		return Phone{}, err
	case len(found) == 0:
		return Phone{}, &Error{Op: opFindPhone, Kind: ErrNotFound, Status: http.StatusOK}
	case len(found) > 1:
		return Phone{}, unusable(opFindPhone)
	}
	p := found[0].phone()
	if !validID(p.ID) || p.Number != number {
		return Phone{}, unusable(opFindPhone)
	}
	return p, nil
}

// isE164 reports whether a number is written with its plus and nothing else.
func isE164(s string) bool { return s != "" && s[0] == '+' && NormalizeNumber(s) == s }
