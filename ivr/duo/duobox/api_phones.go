package duobox

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listPhones finds by number, or lists them all.
func (b *Box) listPhones(c call) (any, *failure) {
	found := b.phones
	if c.params.Has("number") {
		found = nil
		number, ok := parseNumber(c.params.Get("number"))
		if !ok {
			return nil, invalid("number")
		}
		if p := b.phoneByNumber(number); p != nil {
			found = []*Phone{p}
		}
	}
	limit, offset, f := paging(c, 100, 500)
	if f != nil {
		return nil, f
	}
	return paged(found, limit, offset, b.phoneWithUsersJSON), nil
}

func (b *Box) readPhone(c call) (any, *failure) {
	p := b.phone(c.r.PathValue("phone"))
	if p == nil {
		return nil, notFound()
	}
	return b.phoneWithUsersJSON(p), nil
}

// createPhone adds a phone of nobody's. Two phones cannot have the same number.
func (b *Box) createPhone(c call) (any, *failure) {
	p := Phone{Type: "Unknown", Platform: "Unknown"}
	if f := b.apply(c.params, &p); f != nil {
		return nil, f
	}
	id, err := b.addPhone(p)
	if err != nil {
		return nil, internal()
	}
	return b.phoneWithUsersJSON(b.phone(id)), nil
}

func (b *Box) modifyPhone(c call) (any, *failure) {
	p := b.phone(c.r.PathValue("phone"))
	if p == nil {
		return nil, notFound()
	}
	changed := *p
	if f := b.apply(c.params, &changed); f != nil {
		return nil, f
	}
	*p = changed
	return b.phoneWithUsersJSON(p), nil
}

// apply sets what the parameters of a create or modify name.
func (b *Box) apply(params url.Values, p *Phone) *failure {
	if params.Has("number") {
		number, ok := parseNumber(params.Get("number"))
		if !ok {
			return invalid("number")
		}
		if other := b.phoneByNumber(number); other != nil && other.ID != p.ID {
			return fail(40003, "Duplicate resource")
		}
		p.Number = number
	}
	if params.Has("name") {
		p.Name = params.Get("name")
	}
	if params.Has("type") && !choose(&p.Type, params.Get("type"), "Mobile", "Landline", "Unknown") {
		return invalid("type")
	}
	if params.Has("platform") && !choose(&p.Platform, params.Get("platform"),
		"Apple iOS", "Google Android", "Generic Smartphone", "Unknown") {
		return invalid("platform")
	}
	return nil
}

// choose sets the choice that was meant, in any case of letters.
func choose(to *string, meant string, choices ...string) bool {
	i := slices.IndexFunc(choices, func(c string) bool { return strings.EqualFold(c, meant) })
	if i >= 0 {
		*to = choices[i]
	}
	return i >= 0
}

// deletePhone removes a phone from everybody; one that is gone is no error.
func (b *Box) deletePhone(c call) (any, *failure) {
	id := c.r.PathValue("phone")
	b.phones = slices.DeleteFunc(b.phones, func(p *Phone) bool { return p.ID == id })
	for userID := range b.owners {
		b.disown(userID, id)
	}
	b.void(id)
	for pushID, p := range b.pushes {
		if p.phoneID == id {
			delete(b.pushes, pushID)
		}
	}
	return "", nil
}

// validSecs are Duo's usual and longest life of a link.
const (
	usualValidSecs = 86400
	mostValidSecs  = 30 * 86400
)

// activationURL makes a link, voids the one before it, and takes the phone's
// credentials.
func (b *Box) activationURL(c call) (any, *failure) {
	p := b.phone(c.r.PathValue("phone"))
	if p == nil {
		return nil, notFound()
	}
	if !p.mobile() {
		return nil, invalid("phone_id")
	}
	valid := usualValidSecs
	if c.params.Has("valid_secs") {
		n, err := strconv.Atoi(c.params.Get("valid_secs"))
		if err != nil || n < 1 || n > mostValidSecs {
			return nil, invalid("valid_secs")
		}
		valid = n
	}
	install := c.params.Get("install")
	if !slices.Contains([]string{"", "0", "1"}, install) {
		return nil, invalid("install")
	}
	code, err := b.issue(p, time.Duration(valid)*time.Second)
	if err != nil {
		return nil, internal()
	}
	public := b.publicURL(c.r)
	m := map[string]any{
		"activation_url":     public + activatePath + code,
		"activation_barcode": public + qrPath + "?value=" + url.QueryEscape(qrScheme+code),
		"valid_secs":         valid,
	}
	if install == "1" {
		m["installation_url"] = public + installPath
	}
	return m, nil
}

func (b *Box) phoneWithUsersJSON(p *Phone) map[string]any {
	users := []any{}
	for _, u := range b.usersOf(p.ID) {
		users = append(users, map[string]any{"user_id": u.ID, "username": u.Username, "status": u.Status})
	}
	m := b.phoneJSON(p)
	m["users"] = users
	return m
}

// phoneJSON is a phone as Duo writes it: what it could do stands among its
// capabilities before it is activated, and times have no zone.
func (b *Box) phoneJSON(p *Phone) map[string]any {
	number, lastSeen := p.Number, ""
	if b.omitPlus {
		number = strings.TrimPrefix(number, "+")
	}
	if !p.LastSeen.IsZero() {
		lastSeen = p.LastSeen.UTC().Format("2006-01-02T15:04:05")
	}
	var capabilities []string
	if p.mobile() {
		capabilities = append(capabilities, "auto", "push")
	}
	if p.Number != "" && p.Type != "Landline" {
		capabilities = append(capabilities, "sms")
	}
	if p.Number != "" {
		capabilities = append(capabilities, "phone")
	}
	if p.mobile() {
		capabilities = append(capabilities, "mobile_otp")
	}
	return map[string]any{
		"phone_id": p.ID, "number": number, "extension": "", "name": p.Name, "type": p.Type, "platform": p.Platform,
		"model": p.Model, "capabilities": capabilities, "activated": p.Activated, "last_seen": lastSeen,
		"sms_passcodes_sent": false, "predelay": nil, "postdelay": "", "encrypted": "", "screenlock": "",
		"fingerprint": "", "tampered": "",
	}
}
