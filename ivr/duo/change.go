package duo

import (
	"context"
	"net/http"
)

// NewPhone is a phone to create.
type NewPhone struct {
	Number   string // E.164
	Name     string // "": none
	Platform string // "apple ios", "google android", ...; "": "generic smartphone"
}

// CreatePhone adds a mobile phone that belongs to nobody yet; see
// [Client.AssociatePhone]. A number that Duo has already is [ErrInvalid]. After
// [ErrUnclear], [Client.PhoneByNumber] tells whether it was made.
func (c *Client) CreatePhone(ctx context.Context, n NewPhone) (Phone, error) {
	if !isE164(n.Number) {
		return Phone{}, invalid(opCreatePhone)
	}
	params := map[string]string{"number": n.Number, "type": "mobile", "platform": "generic smartphone"}
	if n.Platform != "" {
		params["platform"] = n.Platform
	}
	if n.Name != "" {
		params["name"] = n.Name
	}
	w, err := send[wirePhone](ctx, c, request{
		op: opCreatePhone, method: http.MethodPost, path: "/admin/v1/phones", params: params,
	})
	if err != nil {
		return Phone{}, err
	}
	p := w.phone()
	if !validID(p.ID) || p.Number != n.Number {
		return Phone{}, &Error{Op: opCreatePhone, Kind: ErrUnclear, Status: http.StatusOK}
	}
	return p, nil
}

// AssociatePhone gives a phone to a user, who may have it already. Duo answers
// [ErrUnavailable] above 100 phones a user or 100 users a phone.
func (c *Client) AssociatePhone(ctx context.Context, userID, phoneID string) error {
	if !validID(userID) || !validID(phoneID) {
		return invalid(opAssociate)
	}
	_, err := send[nothing](ctx, c, request{
		op: opAssociate, method: http.MethodPost, path: "/admin/v1/users/" + userID + "/phones",
		params: map[string]string{"phone_id": phoneID},
	})
	return err
}

// DisassociatePhone takes a phone from a user; one who does not have it is no
// error.
func (c *Client) DisassociatePhone(ctx context.Context, userID, phoneID string) error {
	if !validID(userID) || !validID(phoneID) {
		return invalid(opDisassociate)
	}
	_, err := send[nothing](ctx, c, request{
		op: opDisassociate, method: http.MethodDelete, path: "/admin/v1/users/" + userID + "/phones/" + phoneID,
	})
	return err
}

// DeletePhone removes a phone from all its users; one that is gone is no error.
func (c *Client) DeletePhone(ctx context.Context, phoneID string) error {
	if !validID(phoneID) {
		return invalid(opDeletePhone)
	}
	_, err := send[nothing](ctx, c, request{
		op: opDeletePhone, method: http.MethodDelete, path: "/admin/v1/phones/" + phoneID,
	})
	return err
}
