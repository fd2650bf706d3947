package line

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"ringback/ivr"
	"ringback/ivr/words"
	"ringback/twiml"
)

// overrides ask Twilio to try again, so that the death of an instance costs a
// retry and not the call. Fragments are not signed.
const overrides = "#rc=1&rp=ct,rt,5xx&rt=5000"

// url is one of our own, with its query keys sorted: Twilio sorts them before it
// asks but signs what it was given. args are name, value, name, value.
func (s *Server) url(path string, args ...string) string {
	return s.callback(path, args...) + overrides
}

// callback is a URL without the overrides.
func (s *Server) callback(path string, args ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(args); i += 2 {
		q.Set(args[i], args[i+1])
	}
	u := s.PublicURL + path
	if len(q) > 0 {
		u += "?" + q.Encode()
	}
	return u
}

// turnURL is where the next turn of a call goes; e names its event.
func (s *Server) turnURL(turn uint32, e string) string {
	var b strings.Builder
	b.Grow(len(s.PublicURL) + 64)
	b.WriteString(s.PublicURL)
	b.WriteString("/voice/turn?")
	if e != "" {
		b.WriteString("e=")
		b.WriteString(e)
		b.WriteByte('&')
	}
	b.WriteString("t=")
	b.WriteString(strconv.FormatUint(uint64(turn), 10))
	b.WriteString(overrides)
	return b.String()
}

// render makes the document of a call's present answer. It depends on nothing
// but the stored call, so that a repeat gets the same bytes.
func (s *Server) render(_ string, st state) (twiml.Response, error) {
	t := st.call.Answer
	says, err := s.says(&st.call, t.Say)
	if err != nil {
		return twiml.Response{}, err
	}
	if t.Expect.Kind != ivr.ExpectNothing {
		return twiml.Response{Verbs: []twiml.Verb{s.gather(t.Expect, says, s.turnURL(st.turn, "g"))}}, nil
	}
	v := verbs(says)
	switch t.Then {
	case ivr.ThenTurn:
		v = append(v, twiml.Pause{Length: 1}, twiml.Redirect{URL: s.turnURL(st.turn, "")})
	case ivr.ThenEnqueue:
		v = append(v, twiml.Enqueue{
			Action: s.turnURL(st.turn, "q"), Name: st.call.Line,
			WaitURL: twiml.Some(s.url("/voice/wait", "w", strconv.FormatUint(uint64(st.call.Waits), 10))),
		})
	case ivr.ThenConference:
		label := "caller-" + strconv.FormatUint(uint64(st.turn), 10)
		// Alone, before the agent comes or after one who has left, there is music, and
		// with it the desk's tick.
		music := s.holdURL(t.To, st.call.Line, st.call.Language, 1)
		v = append(v, s.meet(t.To, label, music, true, s.turnURL(st.turn, "d")))
	case ivr.ThenDial:
		v = append(v, twiml.Dial{Action: s.turnURL(st.turn, "d"), Timeout: 30, TimeLimit: talkLimit, Number: t.To})
	case ivr.ThenHangup:
		v = append(v, twiml.Hangup{})
	default:
		return twiml.Response{}, fmt.Errorf("render: a turn cannot end in %d", t.Then)
	}
	return twiml.Response{Verbs: v}, nil
}

// talkLimit bounds every talk, in seconds: Twilio's own limit is four hours, and a
// line that is left open costs.
const talkLimit = 3600

// gather awaits keys while it speaks. The action is always asked, so that
// silence is an event as well.
func (s *Server) gather(e ivr.Expect, says []twiml.Prompt, action string) twiml.Gather {
	g := twiml.Gather{Action: action, Timeout: twiml.Some(e.Seconds), ActionOnEmptyResult: true, Prompts: says}
	if e.Kind == ivr.ExpectKey {
		g.NumDigits, g.FinishOnKey = 1, twiml.Some("")
	} else {
		g.FinishOnKey = twiml.Some("#")
	}
	return g
}

// meet puts a leg into the conference of a transfer. Its name is random and says
// nothing. With two parties the end of either ends it; a second agent's does not.
// The label is the leg's own each time it comes: Twilio turns away a second one of
// the same label. wait is what is heard alone; "" is silence.
func (s *Server) meet(transfer, label, wait string, ends bool, action string) twiml.Dial {
	return twiml.Dial{Action: action, TimeLimit: talkLimit, Nouns: []twiml.Noun{twiml.Conference{
		ParticipantLabel: label,
		Beep:             twiml.BeepFalse, StartConferenceOnEnter: twiml.Some(true), EndConferenceOnExit: ends, WaitURL: twiml.Some(wait),
		StatusCallback:      s.callback("/voice/conference", "x", transfer),
		StatusCallbackEvent: []twiml.ConferenceEvent{twiml.ConferenceJoin, twiml.ConferenceLeave, twiml.ConferenceEnd},
		Name:                transfer,
	}}}
}

// says turns messages into speech, or plays what was recorded for them.
func (s *Server) says(call *ivr.Call, messages []ivr.Message) ([]twiml.Prompt, error) {
	w := s.Words[call.Line]
	if w == nil {
		return nil, fmt.Errorf("render: no words for line %q", call.Line)
	}
	var voice twiml.Voice
	spoken := "" // what voice is for
	prompts := make([]twiml.Prompt, 0, len(messages)+1)
	for _, m := range messages {
		if u, ok := w.Recording(m.ID); ok && len(m.Args) == 0 {
			prompts = append(prompts, twiml.Play{URL: u})
			continue
		}
		language := cmp.Or(m.Lang, call.Language)
		parts, err := w.Say(language, m)
		if err != nil {
			return nil, err
		}
		if language != spoken {
			voice, spoken = s.speaker(call.Line, language), language
		}
		prompts = append(prompts, twiml.Say{Voice: voice, Language: language, Parts: parts})
	}
	return prompts, nil
}

// speaker is the voice of a line in a language: the line's own in its first one,
// a usual one in the others. A voice speaks one language, whatever a Say asks of
// it. The digits of IDs need SSML, which the basic voices lack.
func (s *Server) speaker(line, language string) twiml.Voice {
	v := s.Voices[line]
	if v != "" && words.Same(language, s.lineNamed(line).Languages[0]) {
		return v
	}
	return twiml.Voice(words.Voice(language))
}

func verbs(prompts []twiml.Prompt) []twiml.Verb {
	v := make([]twiml.Verb, 0, len(prompts)+2)
	for _, p := range prompts {
		v = append(v, p)
	}
	return v
}
