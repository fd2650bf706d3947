package carrier

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The error codes of the REST API that it answers with.
const (
	codeAuthenticate    = 20003
	codeNotFound        = 20404
	codeInvalid         = 20001
	codeServer          = 20500
	codeUnavailable     = 20503
	codeNoTo            = 21201
	codeNoURL           = 21205
	codeFromNotVerified = 21210
	codeInvalidTo       = 21211
	codeNoFrom          = 21213
	codeNotInProgress   = 21220
	codeOptedOut        = 21610
	codeNoBody          = 21602
	codeNoSender        = 21603
	codeNoRecipient     = 21604
	codeFromNotOwned    = 21606
	codeNotMobile       = 21614
	codeBodyTooLong     = 21617
	codeQueueExists     = 22003
)

// restError is an answer that says no, in Twilio's shape.
type restError struct {
	status, code int
	message      string
}

func notFound(r *http.Request) *restError {
	return &restError{http.StatusNotFound, codeNotFound, "The requested resource " + r.URL.Path + " was not found"}
}

func badRequest(code int, message string) *restError {
	return &restError{http.StatusBadRequest, code, message}
}

// answer is what a REST handler returns: a status, and a body unless nil.
type answer struct {
	status int
	body   any
}

func ok(body any) (answer, *restError)      { return answer{http.StatusOK, body}, nil }
func created(body any) (answer, *restError) { return answer{http.StatusCreated, body}, nil }

// restHandler serves one route with the lock held. The form is the body's, or
// the query's of a GET.
type restHandler func(ctx context.Context, r *http.Request, form url.Values) (answer, *restError)

// Handler is Twilio's REST API: Calls, Messages, Queues and their Members,
// Conferences and their Participants of the 2010-04-01 version, and the numbers of
// Lookup v2, which has a host of its own at Twilio; with Basic authentication. On
// a virtual clock serve it through the clock's Handler.
func (c *Carrier) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]restHandler{
		"GET /Calls":           c.listCalls,
		"POST /Calls":          c.createCall,
		"GET /Calls/{sid}":     c.fetchCall,
		"POST /Calls/{sid}":    c.updateCall,
		"GET /Messages":        c.listMessages,
		"POST /Messages":       c.createMessage,
		"GET /Messages/{sid}":  c.fetchMessage,
		"GET /Queues":          c.listQueues,
		"POST /Queues":         c.createQueue,
		"GET /Queues/{sid}":    c.fetchQueue,
		"POST /Queues/{sid}":   c.updateQueue,
		"DELETE /Queues/{sid}": c.deleteQueue,

		"GET /Queues/{sid}/Members":            c.listMembers,
		"GET /Queues/{sid}/Members/{member}":   c.fetchMember,
		"POST /Queues/{sid}/Members/{member}":  c.dequeueMember,
		"GET /Conferences":                     c.listConferences,
		"GET /Conferences/{sid}":               c.fetchConference,
		"POST /Conferences/{sid}":              c.updateConference,
		"GET /Conferences/{sid}/Participants":  c.listParticipants,
		"POST /Conferences/{sid}/Participants": c.createParticipant,

		"GET /Conferences/{sid}/Participants/{member}":    c.fetchParticipant,
		"POST /Conferences/{sid}/Participants/{member}":   c.updateParticipant,
		"DELETE /Conferences/{sid}/Participants/{member}": c.deleteParticipant,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" /"+apiVersion+"/Accounts/{account}"+path, c.serve(h))
	}
	mux.Handle("GET /v2/PhoneNumbers/{number}", c.serve(c.lookup))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeError(w, notFound(r)) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.URL.Path = strings.TrimSuffix(r.URL.Path, ".json")
		r.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, ".json")
		mux.ServeHTTP(w, r)
	})
}

// maxForm is the longest form that the REST API reads, in bytes.
const maxForm = 64 << 10

// serve authenticates, breaks what is to be broken, and runs a handler. Two
// requests of the same moment are taken in an order that depends on what they
// ask, not on which came first.
func (c *Carrier) serve(h restHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
		if err != nil {
			writeError(w, badRequest(codeInvalid, "The request is too long"))
			return
		}
		_ = c.clk.Sleep(r.Context(), 10*time.Microsecond+time.Duration(c.hash(r.Method+r.URL.RequestURI()+string(body))%100_000))
		c.mu.Lock()
		fault := c.restFault(r.Method, r.URL.Path)
		c.mu.Unlock()
		if fault.Delay > 0 {
			if err := c.clk.Sleep(r.Context(), fault.Delay); err != nil {
				panic(http.ErrAbortHandler)
			}
		}
		if fault.Down {
			panic(http.ErrAbortHandler)
		}
		if fault.Status != 0 {
			code := fault.Code
			if code == 0 {
				code = codeServer
			}
			writeError(w, &restError{fault.Status, code, "An error was injected"})
			return
		}
		a, rerr := c.authenticated(r, body, h)
		switch {
		case fault.Lost:
			panic(http.ErrAbortHandler)
		case rerr != nil:
			writeError(w, rerr)
		default:
			writeJSON(w, a.status, a.body)
		}
	})
}

func (c *Carrier) authenticated(r *http.Request, body []byte, h restHandler) (answer, *restError) {
	user, password, _ := r.BasicAuth()
	switch {
	case same(user, c.opts.AccountSID) && same(password, c.opts.AuthToken):
	case c.opts.APIKey != "" && same(user, c.opts.APIKey) && same(password, c.opts.APISecret):
	default:
		return answer{}, &restError{http.StatusUnauthorized, codeAuthenticate, "Authenticate"}
	}
	if a := r.PathValue("account"); a != c.opts.AccountSID && a != "" { // look-ups name none
		return answer{}, notFound(r)
	}
	form := r.URL.Query()
	if r.Method == http.MethodPost {
		var err error
		if form, err = url.ParseQuery(string(body)); err != nil {
			return answer{}, badRequest(codeInvalid, "The body is not a form")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return answer{}, &restError{http.StatusServiceUnavailable, codeUnavailable, "Service is unavailable"}
	}
	return h(r.Context(), r, form)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func writeError(w http.ResponseWriter, e *restError) {
	if e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	}
	writeJSON(w, e.status, map[string]any{
		"code": e.code, "message": e.message, "status": e.status,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(e.code),
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// page is one page of a list, which Twilio numbers from 0.
func page[T any](r *http.Request, form url.Values, name string, all []T, render func(T) map[string]any) (answer, *restError) {
	size, err := strconv.Atoi(form.Get("PageSize"))
	if err != nil || size < 1 || size > 1000 {
		size = 50
	}
	n, err := strconv.Atoi(form.Get("Page"))
	if err != nil || n < 0 {
		n = 0
	}
	start := min(n*size, len(all))
	end := min(start+size, len(all))
	list := make([]map[string]any, 0, end-start)
	for _, v := range all[start:end] {
		list = append(list, render(v))
	}
	uri := func(n int) string {
		q := maps.Clone(form)
		q.Set("Page", strconv.Itoa(n))
		q.Set("PageSize", strconv.Itoa(size))
		return r.URL.Path + ".json?" + q.Encode()
	}
	body := map[string]any{
		name: list, "page": n, "page_size": size, "start": start, "end": max(end-1, 0),
		"uri": uri(n), "first_page_uri": uri(0), "next_page_uri": nil, "previous_page_uri": nil,
	}
	if end < len(all) {
		body["next_page_uri"] = uri(n + 1)
	}
	if n > 0 {
		body["previous_page_uri"] = uri(n - 1)
	}
	return ok(body)
}

// uri is the path of something in the account, as the resources tell it.
func (c *Carrier) uri(path string) string {
	return "/" + apiVersion + "/Accounts/" + c.opts.AccountSID + path + ".json"
}

// truth reads a boolean parameter: anything but "true" is false.
func truth(s string) bool { return strings.EqualFold(s, "true") }

// optional is nil for what is not there, so that it reads null.
func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// newest is a list the other way round: the REST API lists the newest first.
func newest[T any](s []T) []T {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}
