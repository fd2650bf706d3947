package box

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ringback/ivr"
	"ringback/twiml/carrier"
)

// webCall is a call made on a page.
type webCall struct {
	leg  *carrier.Leg
	line string // its name
}

// callState is a call as the page shows it.
type callState struct {
	Line      string    `json:"line,omitempty"`
	From      string    `json:"from,omitempty"` // of a call that rings an agent
	Status    string    `json:"status"`         // ringing, talking, ended
	Listening bool      `json:"listening"`      // keys would be taken now
	Bridged   bool      `json:"bridged"`        // with a person, to whom one can talk
	Seconds   int       `json:"seconds"`
	Said      []said    `json:"said"`
	Ending    string    `json:"ending,omitempty"`
	began     time.Time // of the first moment
}

// said is one moment of a call.
type said struct {
	Seconds int    `json:"at"`
	Kind    string `json:"kind"`
	Text    string `json:"text"`
}

// textState is a text on one of the person's phones, an e-mail, or a push on a device.
type textState struct {
	ID    string `json:"id"`
	Phone string `json:"phone"` // the last two digits of the phone that has it
	Where string `json:"where"` // in words
	Parts []part `json:"parts"`
	at    time.Time
}

// part is a stretch of a text: words, a link that installs or activates, or a code.
type part struct {
	Kind string `json:"kind"` // words, install, activate, code, device
	Text string `json:"text"`
}

// find is a sample person.
func find(id string) (Person, bool) {
	all := People()
	i := slices.IndexFunc(all, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return Person{}, false
	}
	return all[i], true
}

// person is everything that the page of a caller shows: the call, if there is
// one, and the texts on all of the person's phones.
func (p *webPhone) person(rw http.ResponseWriter, r *http.Request) {
	who, ok := find(r.PathValue("person"))
	if !ok {
		refuse(rw, http.StatusNotFound, "there is no such person")
		return
	}
	state := struct {
		Call  *callState  `json:"call"`
		Texts []textState `json:"texts"`
	}{Texts: p.texts(who)}
	if id := r.URL.Query().Get("call"); id != "" {
		c, ok := p.find(id)
		if !ok {
			refuse(rw, http.StatusNotFound, "there is no such call")
			return
		}
		s := p.state(c.leg)
		s.Line = c.line
		// Ringback's own account; without its store it has none.
		if known, err := p.w.App.Line().Call(r.Context(), c.leg.SID()); err == nil || s.Status == "ended" {
			s.Bridged = known.Step == ivr.StepBridged
			s.Ending = ending(known.Ending)
		}
		state.Call = &s
	}
	answer(rw, http.StatusOK, state)
}

func (p *webPhone) find(id string) (*webCall, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.calls[id]
	return c, ok
}

// phones are all numbers that a person has, the new one last.
func (p Person) phones() []string { return append(slices.Clone(p.Numbers), p.New) }

// texts are those on all phones of a person, with e-mails and pushes, oldest first.
func (p *webPhone) texts(who Person) []textState {
	all := []textState{}
	for _, n := range who.phones() {
		for _, t := range p.w.Carrier.Phone(n).Texts() {
			all = append(all, textState{ID: t.SID, Phone: n[len(n)-2:], Where: "To the phone ending in " + n[len(n)-2:], Parts: parts(t.Body), at: t.At})
		}
	}
	for _, address := range who.Mails {
		for i, m := range p.w.Mail.Messages(address) {
			all = append(all, textState{ID: address + "/" + strconv.Itoa(i), Where: "E-mail to " + address, Parts: parts(strings.TrimSpace(m.Text)), at: m.At})
		}
	}
	all = append(all, p.pushes(who)...)
	slices.SortStableFunc(all, func(a, b textState) int { return a.at.Compare(b.at) })
	return all
}

// pushes are those that wait for the person on a device.
func (p *webPhone) pushes(who Person) (all []textState) {
	for _, u := range p.w.Duo.Users() {
		for _, push := range p.w.Duo.Pushes() {
			if u.Username != who.username || push.UserID != u.ID {
				continue
			}
			all = append(all, textState{ID: push.ID, Where: "Duo push, on another device", at: push.Sent, Parts: []part{
				{"words", "Are you calling? This device shows "},
				{"code", push.Code},
				{"words", ". "},
				{"device", p.w.Config.Duo.APIURL + "/device/" + push.PhoneID},
			}})
		}
	}
	return all
}

// parts takes a text apart at what can be tapped.
func parts(body string) []part {
	var all []part
	words := func(s string) {
		if s != "" {
			all = append(all, part{"words", s})
		}
	}
	tappable := regexp.MustCompile(`https?://\S+|\b\d{6}\b|\b\d{8}\b`)
	at := 0
	for _, m := range tappable.FindAllStringIndex(body, -1) {
		words(body[at:m[0]])
		what := part{"code", body[m[0]:m[1]]}
		switch {
		case strings.Contains(what.Text, "/activate/"):
			what.Kind = "activate"
		case strings.HasPrefix(what.Text, "http"):
			what.Kind = "install"
		}
		all = append(all, what)
		at = m[1]
	}
	words(body[at:])
	return all
}

// state is a call at this moment.
func (p *webPhone) state(l *carrier.Leg) callState {
	s := callState{Status: "ringing", Said: []said{}, Listening: l.Gathering()}
	for _, m := range l.Transcript() {
		if s.began.IsZero() {
			s.began = m.At
		}
		s.Said = append(s.Said, said{int(m.At.Sub(s.began) / time.Second), string(m.Kind), m.Text})
	}
	if !s.began.IsZero() {
		s.Seconds = int(p.w.Clock.Now().Sub(s.began) / time.Second)
	}
	if l.Answered() {
		s.Status = "talking"
	}
	if ended, _ := l.Ended(); ended {
		s.Status = "ended"
	}
	return s
}

// ending is how a call ended, in words.
func ending(e ivr.Ending) string {
	return map[ivr.Result]string{
		ivr.ResultUnknown:     "The call is over.",
		ivr.ResultCompleted:   "Completed: the line could do what you came for.",
		ivr.ResultTransferred: "Transferred: a person has taken care of it.",
		ivr.ResultAbandoned:   "Abandoned: the call was over before anything was done.",
		ivr.ResultRefused:     "Refused: this is not done by phone.",
		ivr.ResultCallback:    "Callback: somebody will call you back.",
		ivr.ResultClosed:      "Closed: the desk is not open now.",
		ivr.ResultFailed:      "Failed: something on the line's side did not work.",
	}[e.Result]
}

// call dials a line from one of the person's phones.
func (p *webPhone) call(rw http.ResponseWriter, r *http.Request) {
	who, ok := find(r.PathValue("person"))
	if !ok {
		refuse(rw, http.StatusNotFound, "there is no such person")
		return
	}
	var want struct{ Line, From string }
	if err := read(rw, r, &want); err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	number := ""
	c := &webCall{}
	for _, l := range p.w.Config.Lines {
		if l.ID == want.Line {
			number, c.line = string(l.Number), l.Name
		}
	}
	from := cmp.Or(want.From, who.Numbers[0])
	var opts []carrier.CallOption
	if from == "withheld" {
		from, opts = who.Numbers[0], append(opts, carrier.Withheld())
	}
	if number == "" || !slices.Contains(who.phones(), from) {
		refuse(rw, http.StatusBadRequest, "a line, and one of the person's own numbers, are needed")
		return
	}
	c.leg = p.w.Carrier.Phone(from).Call(context.WithoutCancel(r.Context()), number, opts...)
	id := rand.Text()
	p.mu.Lock()
	p.calls[id] = c
	p.mu.Unlock()
	answer(rw, http.StatusCreated, map[string]string{"call": id})
}

// act is what a caller does in a call.
func (p *webPhone) act(rw http.ResponseWriter, r *http.Request) {
	c, ok := p.find(r.PathValue("call"))
	if !ok {
		refuse(rw, http.StatusNotFound, "there is no such call")
		return
	}
	do(rw, r, c.leg)
}

// do is what anybody can do in a call: press keys, talk, hang up.
func do(rw http.ResponseWriter, r *http.Request, l *carrier.Leg) {
	var want struct{ Keys, Words string }
	if err := read(rw, r, &want); err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	switch r.PathValue("do") {
	case "press":
		if want.Keys == "" || strings.Trim(want.Keys, "0123456789*#") != "" {
			refuse(rw, http.StatusBadRequest, "those are no keys of a telephone")
			return
		}
		l.Press(want.Keys)
	case "say":
		l.Say(strings.TrimSpace(want.Words))
	case "hangup":
		l.Hangup()
	default:
		refuse(rw, http.StatusNotFound, "a phone cannot do that")
		return
	}
	answer(rw, http.StatusOK, struct{}{})
}

// tap opens the activation link of a text, as the Duo app would.
func (p *webPhone) tap(rw http.ResponseWriter, r *http.Request) {
	who, ok := find(r.PathValue("person"))
	if !ok {
		refuse(rw, http.StatusNotFound, "there is no such person")
		return
	}
	var want struct{ Text string }
	if err := read(rw, r, &want); err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	for _, t := range p.texts(who) {
		i := slices.IndexFunc(t.Parts, func(p part) bool { return p.Kind == "activate" })
		if t.ID != want.Text || i < 0 {
			continue
		}
		if err := p.w.Duo.Open(t.Parts[i].Text); err != nil {
			refuse(rw, http.StatusConflict, err.Error())
			return
		}
		answer(rw, http.StatusOK, map[string]string{"done": "Duo Mobile is activated on the phone ending in " + t.Phone + "."})
		return
	}
	refuse(rw, http.StatusNotFound, "there is no such link")
}
