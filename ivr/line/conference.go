package line

import (
	"context"

	"ringback/twiml"
)

// conference is the carrier's word on who joined and left. The desk is told who
// is in; ends come with the legs' own webhooks.
func (s *Server) conference(ctx context.Context, w *webhook) (twiml.Response, error) {
	s.Logger.DebugContext(ctx, "conference event", "event", w.Get("StatusCallbackEvent"))
	return twiml.Response{}, nil
}
