package duobox

import (
	"errors"
	"html/template"
	"net/http"
)

// devicePath is where a device shows, below the public URL.
const devicePath = "/device/"

// deviceHTML is the screen of a device: the pushes that wait on it, each with its
// code and the three ways to answer.
const deviceHTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="3">
<title>Duo Mobile</title>
<style>body{font:18px/1.5 system-ui,sans-serif;max-width:30rem;margin:10vh auto;padding:0 1rem}
button{font:inherit;width:100%;padding:.8rem;margin:.2rem 0;border:0;border-radius:.5rem;background:#1a6b3c;color:#fff}
button.no{background:#7a1f1f}output{font:2rem/1.5 monospace;letter-spacing:.2em}small{color:#555}</style></head>
<body><main><h1>Duo Mobile</h1>
{{range .}}<section><p>Your help desk asks whether it is you. It shows the code</p><p><output>{{.Code}}</output></p>
<form method="post"><input type="hidden" name="push" value="{{.ID}}">
<button name="answer" value="approve">Approve</button>
<button class="no" name="answer" value="deny">Deny</button>
<button class="no" name="answer" value="fraud">This was not me: report it</button></form></section>
{{else}}<p>Nothing to answer.</p>{{end}}
<p><small>This is a Duo in a box, for trying out. It is not Duo, and no account is touched.</small></p></main></body></html>
`

// KeepOld has a phone stay activated while a new link for it is out, until that is
// opened. Whether Duo takes the old credentials with the link or with its use is
// not written anywhere: Ringback has to work with either.
func (b *Box) KeepOld(keep bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keepOld = keep
}

// SetActivated puts Duo Mobile on a phone, found by id or number, or takes it off,
// as if it had happened before: no link is opened or voided. It reports a phone
// that is not there and one on which there is no Duo Mobile.
func (b *Box) SetActivated(idOrNumber string, activated bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.device(idOrNumber)
	switch {
	case p == nil:
		return errors.New("duobox: no such phone")
	case activated && !p.mobile():
		return errors.New("duobox: there is no Duo Mobile for such a phone")
	}
	p.Activated = activated
	if activated && p.Model == "" {
		p.Model = model(p.Platform)
	}
	return nil
}

// PushOn is the newest push that waits on a device, found by id or number.
func (b *Box) PushOn(idOrNumber string) (PendingPush, bool) {
	on := b.pushesOn(idOrNumber)
	if len(on) == 0 {
		return PendingPush{}, false
	}
	return on[len(on)-1], true
}

// pushesOn are the pushes that wait on a device, oldest first.
func (b *Box) pushesOn(idOrNumber string) []PendingPush {
	p, ok := b.Phone(idOrNumber)
	if !ok {
		return nil
	}
	var on []PendingPush
	for _, push := range b.Pushes() {
		if push.PhoneID == p.ID {
			on = append(on, push)
		}
	}
	return on
}

// device finds a phone by id or number; b.mu is held.
func (b *Box) device(idOrNumber string) *Phone {
	if p := b.phone(idOrNumber); p != nil {
		return p
	}
	return b.phoneByNumber(idOrNumber)
}

// devicePage adds the screens of devices.
func (b *Box) devicePage(mux *http.ServeMux, dead func(w http.ResponseWriter, status int, v pageView)) {
	t := template.Must(template.New("device").Parse(deviceHTML))
	found := func(w http.ResponseWriter, r *http.Request) bool {
		b.mu.Lock()
		down, p := b.fault.Down, b.device(r.PathValue("phone"))
		b.mu.Unlock()
		switch {
		case down:
			status, v := deadPage(ErrDown)
			dead(w, status, v)
		case p == nil:
			dead(w, http.StatusNotFound, pageView{Title: "Unknown device", Text: "There is no such device here."})
		}
		return !down && p != nil
	}
	mux.HandleFunc("GET "+devicePath+"{phone}", func(w http.ResponseWriter, r *http.Request) {
		if !found(w, r) {
			return
		}
		pageHeaders(w, http.StatusOK)
		_ = t.Execute(w, b.pushesOn(r.PathValue("phone"))) // a client that left
	})
	mux.HandleFunc("POST "+devicePath+"{phone}", func(w http.ResponseWriter, r *http.Request) {
		if !found(w, r) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		for _, p := range b.pushesOn(r.PathValue("phone")) { // those of others are not this device's
			if p.ID == r.PostFormValue("push") && b.Answer(p.ID, r.PostFormValue("answer")) == nil {
				http.Redirect(w, r, r.URL.EscapedPath(), http.StatusSeeOther)
				return
			}
		}
		dead(w, http.StatusGone, pageView{Title: "Too late", Text: "This push does not wait for an answer any more."})
	})
}
