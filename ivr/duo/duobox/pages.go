package duobox

import (
	"errors"
	"html/template"
	"io"
	"net/http"
	"strings"
)

// Where the pages are, below the public URL.
const (
	activatePath = "/activate/"
	installPath  = "/install"
	qrPath       = "/frame/qr"
	qrScheme     = "duo://"
)

// pageHTML is every page: a title, a text, and perhaps a button that posts to the
// page's own address.
const pageHTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:30rem;margin:10vh auto;padding:0 1rem}
button{font:inherit;width:100%;padding:.8rem;border:0;border-radius:.5rem;background:#1a6b3c;color:#fff}
small{color:#555}</style></head>
<body><main><h1>{{.Title}}</h1><p>{{.Text}}</p>
{{if .Button}}<form method="post"><button>{{.Button}}</button></form>{{end}}
<p><small>This is a Duo in a box, for trying out. It is not Duo, and no account is touched.</small></p></main></body></html>
`

type pageView struct{ Title, Text, Button string }

// pages adds what people's phones open.
func (b *Box) pages(mux *http.ServeMux) {
	t := template.Must(template.New("page").Parse(pageHTML))
	show := func(w http.ResponseWriter, status int, v pageView) {
		pageHeaders(w, status)
		_ = t.Execute(w, v) // a client that left
	}
	mux.HandleFunc("GET "+activatePath+"{code}", func(w http.ResponseWriter, r *http.Request) {
		if err := b.look(r.PathValue("code")); err != nil {
			status, v := deadPage(err)
			show(w, status, v)
			return
		}
		show(w, http.StatusOK, pageView{
			Title: "Activate Duo Mobile", Button: "Activate",
			Text: "This link reconnects Duo Mobile on this phone. It works once. Go on only if you asked for it.",
		})
	})
	mux.HandleFunc("POST "+activatePath+"{code}", func(w http.ResponseWriter, r *http.Request) {
		if err := b.activate(r.PathValue("code")); err != nil {
			status, v := deadPage(err)
			show(w, status, v)
			return
		}
		show(w, http.StatusOK, pageView{Title: "Duo Mobile is activated", Text: "You can go back to your call."})
	})
	mux.HandleFunc("GET "+installPath, func(w http.ResponseWriter, _ *http.Request) {
		show(w, http.StatusOK, pageView{Title: "Install Duo Mobile", Text: "Here the app store would open. Then open the second text."})
	})
	mux.HandleFunc("GET "+qrPath, b.qr)
	b.devicePage(mux, show)
}

// pageHeaders begins a page, of which nothing is kept and nothing loaded.
func pageHeaders(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}

// look is whether a link would work now.
func (b *Box) look(code string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fault.Down {
		return ErrDown
	}
	return b.dead(b.links[code])
}

func deadPage(err error) (int, pageView) {
	const fresh = " Ask for fresh links on your call."
	switch {
	case errors.Is(err, ErrUsedLink):
		return http.StatusGone, pageView{Title: "Already used", Text: "This link has been used; it works once." + fresh}
	case errors.Is(err, ErrVoidedLink):
		return http.StatusGone, pageView{Title: "Replaced", Text: "A newer link has replaced this one. Open the newest text."}
	case errors.Is(err, ErrExpiredLink):
		return http.StatusGone, pageView{Title: "Expired", Text: "This link has expired." + fresh}
	case errors.Is(err, ErrDown):
		return http.StatusServiceUnavailable, pageView{Title: "Out of order", Text: "Duo does not answer. Please try again in a while."}
	}
	return http.StatusNotFound, pageView{Title: "Unknown link", Text: "This is not an activation link." + fresh}
}

// qr stands for the picture of a QR code: it is what the picture would say.
func (b *Box) qr(w http.ResponseWriter, r *http.Request) {
	value := r.URL.Query().Get("value")
	code, ok := strings.CutPrefix(value, qrScheme)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if err := b.look(code); !ok || err != nil {
		status, _ := deadPage(err)
		http.Error(w, "this QR code does not work", status)
		return
	}
	_, _ = io.WriteString(w, value)
}
