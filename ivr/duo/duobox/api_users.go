package duobox

import (
	"slices"
	"strconv"
	"strings"
)

// listUsers finds by username or alias, by e-mail, or lists everybody.
func (b *Box) listUsers(c call) (any, *failure) {
	found := b.users
	if c.params.Has("username") {
		found = nil
		if u := b.userByName(c.params.Get("username")); u != nil {
			found = []*User{u}
		}
	} else if email := c.params.Get("email"); email != "" {
		found = nil
		for _, u := range b.users {
			if strings.EqualFold(u.Email, email) {
				found = append(found, u)
			}
		}
	}
	limit, offset, f := paging(c, 100, 300)
	if f != nil {
		return nil, f
	}
	return paged(found, limit, offset, b.userJSON), nil
}

// paging reads limit and offset.
func paging(c call, usual, most int) (limit, offset int, f *failure) {
	limit = usual
	if s := c.params.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > most {
			return 0, 0, invalid("limit")
		}
		limit = n
	}
	if s := c.params.Get("offset"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return 0, 0, invalid("offset")
		}
		offset = n
	}
	return limit, offset, nil
}

func paged[T any](all []T, limit, offset int, render func(T) map[string]any) page {
	p := page{items: []any{}, total: len(all)}
	offset = min(offset, len(all))
	end := min(offset+limit, len(all))
	for _, v := range all[offset:end] {
		p.items = append(p.items, render(v))
	}
	if end < len(all) {
		p.next = end
	}
	return p
}

func (b *Box) readUser(c call) (any, *failure) {
	u := b.user(c.r.PathValue("user"))
	if u == nil {
		return nil, notFound()
	}
	return b.userJSON(u), nil
}

func (b *Box) listUserPhones(c call) (any, *failure) {
	u := b.user(c.r.PathValue("user"))
	if u == nil {
		return nil, notFound()
	}
	limit, offset, f := paging(c, 100, 500)
	if f != nil {
		return nil, f
	}
	return paged(b.owners[u.ID], limit, offset, func(id string) map[string]any { return b.phoneJSON(b.phone(id)) }), nil
}

// associatePhone gives a phone to a user; once more is no error.
func (b *Box) associatePhone(c call) (any, *failure) {
	u := b.user(c.r.PathValue("user"))
	if u == nil {
		return nil, notFound()
	}
	id := c.params.Get("phone_id")
	switch {
	case id == "":
		return nil, missing("phone_id")
	case b.phone(id) == nil:
		return nil, invalid("phone_id")
	case slices.Contains(b.owners[u.ID], id):
		return "", nil
	case len(b.owners[u.ID]) >= maxPhonesOfUser, len(b.usersOf(id)) >= maxUsersOfPhone:
		return nil, internal()
	}
	b.owners[u.ID] = append(b.owners[u.ID], id)
	return "", nil
}

// disassociatePhone takes a phone from a user; one that is not theirs is no error.
func (b *Box) disassociatePhone(c call) (any, *failure) {
	u := b.user(c.r.PathValue("user"))
	if u == nil {
		return nil, notFound()
	}
	b.disown(u.ID, c.r.PathValue("phone"))
	return "", nil
}

func (b *Box) disown(userID, phoneID string) {
	b.owners[userID] = slices.DeleteFunc(b.owners[userID], func(id string) bool { return id == phoneID })
}

// sendPush sends a verification push to an activated phone of the user.
func (b *Box) sendPush(c call) (any, *failure) {
	u := b.user(c.r.PathValue("user"))
	if u == nil {
		return nil, notFound()
	}
	phoneID := c.params.Get("phone_id")
	if phoneID == "" {
		return nil, missing("phone_id")
	}
	p := b.phone(phoneID)
	if p == nil || !slices.Contains(b.owners[u.ID], phoneID) || !p.mobile() || !p.Activated {
		return nil, invalid("phone_id")
	}
	id, err := b.token(20, idChars)
	if err != nil {
		return nil, internal()
	}
	code, err := b.token(6, digits)
	if err != nil {
		return nil, internal()
	}
	b.pushes[id] = &push{userID: u.ID, phoneID: phoneID, code: code, result: "waiting", sent: b.clock.Now()}
	return map[string]any{"push_id": id, "confirmation_code": code}, nil
}

func (b *Box) pushResponse(c call) (any, *failure) {
	id := c.params.Get("push_id")
	if id == "" {
		return nil, missing("push_id")
	}
	p := b.pushes[id]
	if p == nil || p.userID != c.r.PathValue("user") || !b.pushLives(p) {
		return nil, notFound()
	}
	return map[string]any{"push_id": id, "result": p.result}, nil
}

// userJSON is a user as Duo writes it.
func (b *Box) userJSON(u *User) map[string]any {
	phones := []any{}
	for _, id := range b.owners[u.ID] {
		phones = append(phones, b.phoneJSON(b.phone(id)))
	}
	m := map[string]any{
		"user_id": u.ID, "username": u.Username, "realname": u.RealName, "firstname": "", "lastname": "",
		"email": u.Email, "status": u.Status, "is_enrolled": len(phones) > 0, "created": 1700000000,
		"last_login": nil, "last_directory_sync": nil, "lockout_reason": nil, "notes": "",
		"phones": phones, "tokens": []any{}, "groups": []any{}, "webauthncredentials": []any{}, "u2ftokens": []any{},
	}
	aliases := map[string]string{}
	for i := range 4 {
		name := "alias" + strconv.Itoa(i+1)
		m[name] = nil
		if i < len(u.Aliases) {
			m[name], aliases[name] = u.Aliases[i], u.Aliases[i]
		}
	}
	m["aliases"] = aliases
	return m
}
