package carrier

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ringback/twiml"
)

// document is TwiML and the URL that it came from, which is empty for one that
// was handed over as text.
type document struct {
	resp twiml.Response
	url  string
}

// place is where a document plays, which decides what it may contain and what
// else the application is told when it is asked for one.
type place struct {
	check  func(twiml.Response) error
	params func() url.Values // nil is nothing more
	// rescue asks the fallback URL when something fails.
	rescue bool
}

func (l *Leg) callPlace() place {
	return place{check: twiml.Response.Validate, rescue: true}
}

// fetch asks for a document. The caller of it records the problem.
func (l *Leg) fetch(ctx context.Context, pl place, t target, params url.Values, sorted bool) (*document, *hookFailure) {
	if t.twiml != "" {
		return l.parse(pl, []byte(t.twiml), "")
	}
	if l.endless() {
		return nil, &hookFailure{CodeLoop, "documents follow each other without end and without time passing"}
	}
	form := l.form()
	if pl.params != nil {
		maps.Copy(form, pl.params())
	}
	maps.Copy(form, params)
	method := t.method
	if method == "" {
		method = http.MethodPost
	}
	if method != http.MethodPost {
		form.Del("CallToken") // it comes only with POST
	}
	r, err := l.c.ask(ctx, hook{url: t.url, method: method, form: form, sid: l.sid, sorted: sorted})
	l.settle(ctx)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.contentType, "audio/") {
		return &document{resp: twiml.Response{Verbs: []twiml.Verb{twiml.Play{URL: t.url}}}, url: t.url}, nil
	}
	if !isXML(r.contentType) {
		return nil, &hookFailure{CodeContentType, "the document came as " + strconv.Quote(r.contentType)}
	}
	return l.parse(pl, r.body, t.url)
}

func (l *Leg) parse(pl place, body []byte, from string) (*document, *hookFailure) {
	resp, err := twiml.Parse(body)
	if err == nil {
		err = pl.check(resp)
	}
	if err != nil {
		return nil, &hookFailure{twimlCode(err), err.Error()}
	}
	return &document{resp: resp, url: from}, nil
}

// twimlCode is Twilio's code for what is wrong with a document.
func twimlCode(err error) int {
	if pe, ok := errors.AsType[*twiml.ParseError](err); ok {
		return pe.Code
	}
	if p, ok := errors.AsType[*twiml.Problem](err); ok {
		return p.Code
	}
	return CodeSchema
}

// endless reports whether documents follow each other at the same moment, which
// on a virtual clock would never stop.
func (l *Leg) endless() bool {
	if now := l.c.now(); now.Sub(l.documentsAt) > time.Second {
		l.documents, l.documentsAt = 0, now
	}
	l.documents++
	return l.documents > 100
}

// load fetches a document and, if that fails where there is one, the fallback.
// It returns nil when there is nothing to go on with.
func (l *Leg) load(ctx context.Context, pl place, t target, params url.Values, sorted bool) *document {
	doc, err := l.fetch(ctx, pl, t, params, sorted)
	if err == nil || l.c.closed {
		return doc
	}
	l.c.problem(l.sid, err.code, t.url, err.text)
	if !pl.rescue || l.fallback == "" || l.over() || err.code == CodeLoop {
		return nil
	}
	doc, again := l.fetch(ctx, pl, target{url: l.fallback, method: l.fallbackVerb}, url.Values{
		"ErrorCode": {strconv.Itoa(err.code)}, "ErrorUrl": {t.url},
	}, false)
	if again != nil && !l.c.closed {
		l.c.problem(l.sid, again.code, l.fallback, "fallback: "+again.text)
	}
	return doc
}

// form is what every webhook about a leg says.
func (l *Leg) form() url.Values {
	v := url.Values{
		"CallSid": {l.sid}, "AccountSid": {l.c.opts.AccountSID}, "ApiVersion": {apiVersion},
		"From": {l.from}, "To": {l.to}, "Caller": {l.from}, "Called": {l.to},
		"CallStatus": {l.status}, "Direction": {l.direction},
	}
	for prefix, number := range map[string]string{"From": l.from, "Caller": l.from, "To": l.to, "Called": l.to} {
		country := ""
		if strings.HasPrefix(number, "+1") {
			country = "US"
		}
		v.Set(prefix+"Country", country)
		for _, part := range []string{"City", "State", "Zip"} {
			v.Set(prefix+part, "")
		}
	}
	if l.stir != "" {
		v.Set("StirVerstat", l.stir)
	}
	if l.parent != nil {
		v.Set("ParentCallSid", l.parent.sid)
	}
	if l.direction == inbound {
		v.Set("CallToken", l.c.token("calltoken", uint64(l.n)))
	}
	return v
}

const apiVersion = "2010-04-01"
