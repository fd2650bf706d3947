package line

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ringback/twiml"
	"ringback/twiml/signature"
)

// maxBody is the largest webhook that is read; Twilio's are under 4 KB.
const maxBody = 64 << 10

// webhook is one request that has been proven to be the carrier's.
type webhook struct {
	signature.Form
	query url.Values
	sid   string // CallSid, or "" for a text
	at    time.Time
}

// serve checks a request and answers it.
func (s *Server) serve(r Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		w, status, reason := s.accept(c.Request())
		if reason != "" {
			s.metrics.rejected.WithLabelValues(reason).Inc()
			s.Logger.LogAttrs(c.Request().Context(), levelOf(status), "webhook refused", attr("route", r.name), attr("reason", reason))
			return c.NoContent(status)
		}
		s.load.inFlight.Add(1)
		defer s.load.inFlight.Add(-1)
		started := s.Clock.Now()
		doc, outcome := s.answer(c, r, w)
		s.metrics.turn(r.name, outcome, s.Clock.Now().Sub(started))
		if doc == nil {
			return c.NoContent(http.StatusServiceUnavailable)
		}
		return c.Blob(http.StatusOK, twiml.ContentType, doc)
	}
}

// answer runs the handler and renders what it says. A callback that fails gets
// no document, so that the carrier tries again; a voice route always gets one.
func (s *Server) answer(c echo.Context, r Route, w *webhook) (doc []byte, outcome string) {
	resp, err := s.guarded(c, r, w)
	outcome = "ok"
	if resp.repeat != "" {
		outcome = resp.repeat
	}
	if errors.Is(err, errDraining) {
		return nil, "shed"
	}
	if err != nil {
		outcome = "error"
		s.Logger.LogAttrs(c.Request().Context(), levelOf(http.StatusInternalServerError), "webhook failed", attr("route", r.name), attr("error", err.Error()))
		if !r.voice {
			return nil, outcome
		}
		resp.Response = s.lastResort(r.name, w)
		switch r.name {
		case "wait": // a wait document cannot dial: the Enqueue's action can
			resp.Verbs[len(resp.Verbs)-1] = twiml.Leave{}
		case "hold": // nor can one of somebody on hold, who is in a talk
			resp.Response = s.holdOn(w)
		case "announce":
			resp.Response = twiml.Response{}
		case "callback": // whoever picks up did not call the desk
			resp.Response = twiml.Response{Verbs: []twiml.Verb{twiml.Hangup{}}}
		}
	}
	return resp.Append(make([]byte, 0, 2048)), outcome
}

type response struct {
	twiml.Response
	repeat string
}

// guarded turns a panic into an error.
func (s *Server) guarded(c echo.Context, r Route, w *webhook) (resp response, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			s.Logger.LogAttrs(c.Request().Context(), levelOf(http.StatusInternalServerError), "panic", attr("stack", string(debug.Stack())))
		}
	}()
	resp.Response, err = r.handler(s, c.Request().Context(), w)
	if again, ok := errors.AsType[*repeatError](err); ok {
		return response{Response: again.doc, repeat: again.kind}, nil
	}
	return resp, err
}

// repeatError carries an answer that was given before, so that it is counted
// as what it is.
type repeatError struct {
	doc  twiml.Response
	kind string // "repeat" or "stale"
}

func (e *repeatError) Error() string { return "turn is a " + e.kind }

// accept reads a request and decides whether it is the carrier's. The URL that
// was signed is built from our own public URL; no header has a say in it.
func (s *Server) accept(r *http.Request) (w *webhook, status int, reason string) {
	body, err := readBody(r)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, http.StatusRequestEntityTooLarge, "size"
	case err != nil:
		return nil, http.StatusBadRequest, "form"
	case !isForm(r.Header.Get("Content-Type")):
		return nil, http.StatusUnsupportedMediaType, "form"
	}
	form, err := s.Validator.Validate(s.PublicURL+r.URL.RequestURI(), body, r.Header.Get("X-Twilio-Signature"))
	switch {
	case errors.Is(err, signature.ErrSignature):
		return nil, http.StatusForbidden, "signature"
	case err != nil:
		return nil, http.StatusBadRequest, "form"
	case form.Get("AccountSid") != s.AccountSID:
		return nil, http.StatusForbidden, "account"
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, http.StatusBadRequest, "form"
	}
	w = &webhook{Form: form, query: query, at: s.Clock.Now(), sid: form.Get("CallSid")}
	if w.sid != "" && !isSID(w.sid, "CA") {
		return nil, http.StatusBadRequest, "form"
	}
	return w, http.StatusOK, ""
}

var errTooLarge = errors.New("body is too large")

func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, errTooLarge
	}
	body := make([]byte, 0, max(r.ContentLength, 512))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > maxBody:
			return nil, errTooLarge
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, fmt.Errorf("read body: %w", err)
		}
	}
}

func isForm(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded")
}

// isSID reports whether s is a SID of a kind: two letters and 32 hex digits.
func isSID(s, kind string) bool {
	if len(s) != 34 || s[:2] != kind {
		return false
	}
	for _, r := range s[2:] {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}
