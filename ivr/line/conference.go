package line

import (
	"context"
	"fmt"
	"strconv"

	"ringback/twiml"
)

// conference is the carrier's word on who joined and left. It may come in any
// order, twice, or never: the desk knows the same from the legs' own webhooks, and
// this is for when one of those is lost.
func (s *Server) conference(ctx context.Context, w *webhook) (twiml.Response, error) {
	n, err := strconv.ParseUint(w.Get("SequenceNumber"), 10, 32)
	if err != nil {
		return twiml.Response{}, nil //nolint:nilerr // without its place it tells nothing, and a retry will have none either
	}
	e := ConferenceEvent{
		Transfer: w.query.Get("x"), Conference: w.Get("ConferenceSid"), Kind: w.Get("StatusCallbackEvent"), CallSID: w.sid, Sequence: uint32(n),
	}
	if e.Transfer == "" || !isSID(e.Conference, "CF") {
		return twiml.Response{}, nil
	}
	if err := s.Desk.Conference(ctx, e); err != nil {
		return twiml.Response{}, fmt.Errorf("conference: %w", err)
	}
	return twiml.Response{}, nil
}
