package box

import (
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"ringback/twiml/carrier"
)

//go:embed phone
var phoneFiles embed.FS

// webPhone is the telephones of the box as web pages: /phone is a caller's, and
// /phone?as=alex an agent's. It exists in a box alone; serve knows nothing of it.
type webPhone struct {
	w    *World
	page *template.Template

	mu    sync.Mutex
	calls map[string]*webCall
	rung  map[string]*carrier.Leg // the latest call on each agent's phone
}

// newWebPhone reads the page.
func newWebPhone(w *World) (*webPhone, error) {
	page, err := template.New("phone.html").Funcs(template.FuncMap{"spaced": spaced}).ParseFS(phoneFiles, "phone/phone.html")
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	return &webPhone{w: w, page: page, calls: map[string]*webCall{}, rung: map[string]*carrier.Leg{}}, nil
}

// before serves the telephones, and everything else from next.
func (p *webPhone) before(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /phone", p.show)
	mux.HandleFunc("GET /phone/{file}", p.file)
	mux.HandleFunc("GET /phone/people/{person}", p.person)
	mux.HandleFunc("POST /phone/people/{person}/call", p.call)
	mux.HandleFunc("POST /phone/people/{person}/tap", p.tap)
	mux.HandleFunc("POST /phone/calls/{call}/{do}", p.act)
	mux.HandleFunc("GET /phone/agents/{agent}", p.agent)
	mux.HandleFunc("POST /phone/agents/{agent}/{do}", p.agentActs)
	guarded := http.NewCrossOriginProtection().Handler(p.local(mux))
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/phone" || strings.HasPrefix(r.URL.Path, "/phone/") {
			guarded.ServeHTTP(rw, r)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// local refuses requests that came by a name other than localhost: a page
// elsewhere could point a name of its own at this machine and read the answers.
func (p *webPhone) local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if host != "localhost" && net.ParseIP(strings.Trim(host, "[]")) == nil {
			refuse(rw, http.StatusForbidden, "open the phone by its address, not by a name")
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// phoneCSP lets the page load its own files and nothing else.
const phoneCSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// phoneView is what the page is made of.
type phoneView struct {
	Agent  *agentView // nil: a caller's phone
	Agents []agentView
	People []Person
	Lines  []lineView
	Keys   []keyView
}

type (
	agentView struct{ ID, Name, Phone string }
	lineView  struct{ ID, Name, Number string }
	keyView   struct{ Key, Letters, Says string }
)

// keys are the keys of a telephone, with their letters as in ITU-T E.161.
func keys() []keyView {
	return []keyView{
		{"1", "", "1"},
		{"2", "ABC", "2"},
		{"3", "DEF", "3"},
		{"4", "GHI", "4"},
		{"5", "JKL", "5"},
		{"6", "MNO", "6"},
		{"7", "PQRS", "7"},
		{"8", "TUV", "8"},
		{"9", "WXYZ", "9"},
		{"*", "", "star"},
		{"0", "", "0"},
		{"#", "", "pound"},
	}
}

// show is the page.
func (p *webPhone) show(rw http.ResponseWriter, r *http.Request) {
	v := phoneView{People: People(), Keys: keys()}
	for _, l := range p.w.Config.Lines {
		v.Lines = append(v.Lines, lineView{l.ID, l.Name, string(l.Number)})
	}
	for _, a := range p.w.Config.Desk.Agents {
		v.Agents = append(v.Agents, agentView{a.ID, a.Name, string(a.Phone)})
	}
	if as := r.URL.Query().Get("as"); as != "" {
		i := slices.IndexFunc(v.Agents, func(a agentView) bool { return a.ID == as })
		if i < 0 {
			refuse(rw, http.StatusNotFound, "there is no such agent")
			return
		}
		v.Agent = &v.Agents[i]
	}
	h := phoneHeaders(rw, "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", phoneCSP)
	_ = p.page.Execute(rw, v) // a client that left
}

// file is the page's style or script.
func (p *webPhone) file(rw http.ResponseWriter, r *http.Request) {
	types := map[string]string{"phone.css": "text/css; charset=utf-8", "phone.js": "text/javascript; charset=utf-8"}
	name := r.PathValue("file")
	body, err := phoneFiles.ReadFile("phone/" + name)
	if types[name] == "" || err != nil {
		refuse(rw, http.StatusNotFound, "there is nothing of that name")
		return
	}
	phoneHeaders(rw, types[name])
	_, _ = rw.Write(body) // a client that left
}

func phoneHeaders(rw http.ResponseWriter, contentType string) http.Header {
	h := rw.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	return h
}

// maxBody is more than any request of the page needs.
const maxBody = 4 << 10

// errBody says that a request is not what the page sends.
var errBody = errors.New("the request is not what the phone sends")

// read reads what the page sends; the content type is one that no form can have.
func read(rw http.ResponseWriter, r *http.Request, into any) error {
	if ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); ct != "application/json" {
		return errBody
	}
	d := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxBody))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil || d.More() {
		return errBody // the decoder's error would quote the request
	}
	return nil
}

// answer writes what the page reads.
func answer(rw http.ResponseWriter, status int, v any) {
	phoneHeaders(rw, "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(v) // a client that left
}

func refuse(rw http.ResponseWriter, status int, why string) {
	answer(rw, status, map[string]string{"error": why})
}

// spaced groups a number or a PIN so that people can read it.
func spaced(s string) string {
	switch {
	case len(s) == 12 && strings.HasPrefix(s, "+1"):
		return s[:2] + " " + s[2:5] + " " + s[5:8] + " " + s[8:]
	case len(s) == 8:
		return s[:4] + " " + s[4:]
	}
	return s
}
