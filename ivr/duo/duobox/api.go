package duobox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// failure is an answer with stat FAIL. Its HTTP status is in its code.
type failure struct {
	code    int
	message string
	detail  string
}

func fail(code int, message string) *failure { return &failure{code: code, message: message} }

func missing(param string) *failure {
	return &failure{code: 40001, message: "Missing required request parameters", detail: param}
}

func invalid(param string) *failure {
	return &failure{code: 40002, message: "Invalid request parameters", detail: param}
}

func notFound() *failure { return fail(40401, "Resource not found") }

func internal() *failure { return fail(50001, "Unknown internal server error") }

// call is one authenticated request to the API.
type call struct {
	r      *http.Request
	params url.Values // of the query, or of the body
}

// handler answers a call; b.mu is held meanwhile.
type handler func(c call) (response any, f *failure)

// routes is everything that the box serves.
func (b *Box) routes() *http.ServeMux {
	mux := http.NewServeMux()
	api := func(pattern, operation string, h handler) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { b.serve(w, r, operation, h) })
	}
	const user, phone = "/admin/v1/users/{user}", "/admin/v1/phones/{phone}"
	api("GET /auth/v2/ping", opPing, b.ping)
	api("GET /admin/v1/users", "users", b.listUsers)
	api("GET "+user, "user", b.readUser)
	api("GET "+user+"/phones", "user_phones", b.listUserPhones)
	api("POST "+user+"/phones", "associate_phone", b.associatePhone)
	api("DELETE "+user+"/phones/{phone}", "disassociate_phone", b.disassociatePhone)
	api("POST "+user+"/send_verification_push", "send_verification_push", b.sendPush)
	api("GET "+user+"/verification_push_response", "verification_push_response", b.pushResponse)
	api("GET /admin/v1/phones", "phones", b.listPhones)
	api("POST /admin/v1/phones", "create_phone", b.createPhone)
	api("GET "+phone, "phone", b.readPhone)
	api("POST "+phone, "modify_phone", b.modifyPhone)
	api("DELETE "+phone, "delete_phone", b.deletePhone)
	api("POST "+phone+"/activation_url", "activation_url", b.activationURL)
	api("/admin/", "unknown", func(call) (any, *failure) { return nil, notFound() })
	b.pages(mux)
	return mux
}

// opPing is the one operation that needs no signature.
const opPing = "ping"

// ServeHTTP serves the API and the pages.
func (b *Box) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.mux.ServeHTTP(w, r) }

// bodyLimit is far above any request of the Admin API.
const bodyLimit = 64 << 10

// serve answers one request to the API, or fails as the fault wants it.
func (b *Box) serve(w http.ResponseWriter, r *http.Request, operation string, h handler) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		b.answer(w, r, operation, nil, invalid("body"))
		return
	}
	fault := b.takeFault(operation)
	if fault.Slow > 0 && b.clock.Sleep(r.Context(), fault.Slow) != nil {
		b.cut(r, operation)
	}
	switch {
	case fault.Down:
		b.note(r, operation, http.StatusServiceUnavailable)
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	case fault.Throttle > 0:
		b.answer(w, r, operation, nil, fail(42901, "Too Many Requests"))
		return
	case fault.Status >= 400:
		b.answer(w, r, operation, nil, fail(fault.Status*100+1, "A fault was asked for"))
		return
	}
	response, f := b.handle(r, body, operation, h)
	if fault.LoseResponse {
		b.cut(r, operation)
	}
	b.answer(w, r, operation, response, f)
}

// cut ends the connection without an answer.
func (b *Box) cut(r *http.Request, operation string) {
	b.note(r, operation, 0)
	panic(http.ErrAbortHandler)
}

// handle checks who asks and for what, and does it.
func (b *Box) handle(r *http.Request, body []byte, operation string, h handler) (any, *failure) {
	if operation != opPing {
		account, f := b.authenticate(r, body)
		if f != nil {
			return nil, f
		}
		if account.ReadOnly && r.Method != http.MethodGet {
			return nil, fail(40301, "Access forbidden")
		}
	}
	params, f := parameters(r, body)
	if f != nil {
		return nil, f
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return h(call{r: r, params: params})
}

// parameters come from the body of a POST and otherwise from the query. What is
// no string in JSON is taken as its text, as far as it has one.
func parameters(r *http.Request, body []byte) (url.Values, *failure) {
	if r.Method != http.MethodPost {
		return r.URL.Query(), nil
	}
	if isForm(r) {
		params, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, invalid("body")
		}
		return params, nil
	}
	var raw map[string]json.RawMessage
	if len(body) > 0 && json.Unmarshal(body, &raw) != nil {
		return nil, invalid("body")
	}
	params := url.Values{}
	for name, value := range raw {
		text := string(value)
		switch {
		case strings.HasPrefix(text, `"`):
			if json.Unmarshal(value, &text) != nil {
				return nil, invalid(name)
			}
		case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["), text == "null":
			return nil, invalid(name)
		}
		params.Set(name, text)
	}
	return params, nil
}

// answer writes the envelope.
func (b *Box) answer(w http.ResponseWriter, r *http.Request, operation string, response any, f *failure) {
	status := http.StatusOK
	envelope := map[string]any{"stat": "OK", "response": response}
	if list, ok := response.(page); ok {
		envelope["response"] = list.items
		envelope["metadata"] = map[string]any{"total_objects": list.total}
		if list.next > 0 {
			envelope["metadata"] = map[string]any{"total_objects": list.total, "next_offset": list.next}
		}
	}
	if f != nil {
		status = f.code / 100
		envelope = map[string]any{"stat": "FAIL", "code": f.code, "message": f.message}
		if f.detail != "" {
			envelope["message_detail"] = f.detail
		}
	}
	b.note(r, operation, status)
	body, err := json.Marshal(envelope)
	if err != nil {
		http.Error(w, "answer not encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// page is a part of a list.
type page struct {
	items       []any
	total, next int
}

func (b *Box) ping(call) (any, *failure) {
	return map[string]any{"time": b.clock.Now().Unix()}, nil
}
