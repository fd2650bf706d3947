package duo

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Check reports whether Duo takes the credentials and the clock and lets the
// integration read users. It asks for a name that nobody has. The permission to
// write shows only when something is written.
func (c *Client) Check(ctx context.Context) error {
	_, err := send[nothing](ctx, c, request{
		op: opCheck, method: http.MethodGet, path: "/admin/v1/users", query: url.Values{"username": {"ringback-check"}},
	})
	return err
}

// Ping reports how far Duo's clock is ahead of ours, to within the time of the
// request; Duo takes about five minutes either way. It needs no credentials.
func (c *Client) Ping(ctx context.Context) (ahead time.Duration, err error) {
	w, err := send[struct {
		Time lenientInt `json:"time"`
	}](ctx, c, request{op: opPing, method: http.MethodGet, path: "/auth/v2/ping", unsigned: true})
	switch {
	case err != nil:
		return 0, err
	case w.Time <= 0:
		return 0, unusable(opPing)
	}
	return time.Unix(int64(w.Time), 0).Sub(c.clock.Now()), nil
}
