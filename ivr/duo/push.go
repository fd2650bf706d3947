package duo

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Push is a verification push under way.
type Push struct {
	ID   string
	Code Code // six digits that the phone shows, too
}

// PushPhones are the phones that a verification push reaches now, see
// [Phone.CanPush], but those with the given ids: the ones in question, on which an
// answer proves nothing. The one last seen comes first.
func PushPhones(phones []Phone, except ...string) []Phone {
	var able []Phone
	for _, p := range phones {
		if p.CanPush() && !slices.Contains(except, p.ID) {
			able = append(able, p)
		}
	}
	slices.SortFunc(able, func(a, b Phone) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), cmp.Compare(a.ID, b.ID))
	})
	return able
}

// PushResult is what became of a verification push.
type PushResult int

// The results. What Duo may add is PushUnknown, which is not an approval.
const (
	PushUnknown PushResult = iota
	PushWaiting
	PushApproved
	PushDenied
	PushFraud // denied, and reported
)

// String is the result as Duo's API writes it, or "unknown".
func (r PushResult) String() string {
	switch r {
	case PushWaiting:
		return "waiting"
	case PushApproved:
		return "approve"
	case PushDenied:
		return "deny"
	case PushFraud:
		return "fraud"
	case PushUnknown:
	}
	return "unknown"
}

// ParsePushResult reads what Duo's API writes, in any case.
func ParsePushResult(s string) PushResult {
	for r := PushWaiting; r <= PushFraud; r++ {
		if strings.EqualFold(r.String(), s) {
			return r
		}
	}
	return PushUnknown
}

// SendVerificationPush sends a push to one of a user's activated phones, see
// [Phone.CanPush]; to another it is [ErrInvalid].
func (c *Client) SendVerificationPush(ctx context.Context, userID, phoneID string) (Push, error) {
	if !validID(userID) || !validID(phoneID) {
		return Push{}, invalid(opSendPush)
	}
	w, err := send[struct {
		ID   lenientString `json:"push_id"`
		Code lenientString `json:"confirmation_code"`
	}](ctx, c, request{
		op: opSendPush, method: http.MethodPost, path: "/admin/v1/users/" + userID + "/send_verification_push",
		params: map[string]string{"phone_id": phoneID},
	})
	switch {
	case err != nil:
		return Push{}, err
	case w.ID == "" || w.Code == "":
		return Push{}, &Error{Op: opSendPush, Kind: ErrUnclear, Status: http.StatusOK}
	}
	return Push{ID: string(w.ID), Code: Code(w.Code)}, nil
}

// VerificationPushResponse asks once what became of a push; ask again, a second
// apart, while it is PushWaiting. A push that has expired is [ErrNotFound].
func (c *Client) VerificationPushResponse(ctx context.Context, userID, pushID string) (PushResult, error) {
	if !validID(userID) || pushID == "" {
		return PushUnknown, invalid(opPushResponse)
	}
	w, err := send[struct {
		ID     lenientString `json:"push_id"`
		Result lenientString `json:"result"`
	}](ctx, c, request{
		op: opPushResponse, method: http.MethodGet,
		path:  "/admin/v1/users/" + userID + "/verification_push_response",
		query: url.Values{"push_id": {pushID}},
	})
	switch {
	case err != nil:
		return PushUnknown, err
	case w.ID != "" && string(w.ID) != pushID:
		return PushUnknown, unusable(opPushResponse)
	}
	return ParsePushResult(string(w.Result)), nil
}
