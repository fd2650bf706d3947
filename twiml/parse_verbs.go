package twiml

import "encoding/xml"

// verb reads one verb at the top of a document.
func (p *parser) verb(start xml.StartElement) (Verb, error) {
	switch name(start.Name) {
	case "Say", "Play", "Pause":
		return p.prompt(start, "Response")
	case "Gather":
		return p.gather(start)
	case "Dial":
		return p.dial(start)
	case "Enqueue":
		return p.enqueue(start)
	case "Redirect":
		return p.redirect(start)
	case "Record":
		return p.record(start)
	case "Reject":
		return p.reject(start)
	case "Leave":
		return bare(p, start, Leave{})
	case "Hangup":
		return bare(p, start, Hangup{})
	default:
		return nil, p.notAllowed(start, "Response")
	}
}

// prompt reads a verb that may also stand in a Gather.
func (p *parser) prompt(start xml.StartElement, parent string) (Prompt, error) {
	switch name(start.Name) {
	case "Say":
		return p.say(start)
	case "Play":
		return p.play(start)
	case "Pause":
		a := p.attrs(start)
		v := Pause{Length: a.number("length")}
		return finish(p, start, a, v)
	default:
		return nil, p.notAllowed(start, parent)
	}
}

// bare reads a verb without attributes or content.
func bare[T Verb](p *parser, start xml.StartElement, v T) (T, error) {
	return finish(p, start, p.attrs(start), v)
}

// finish checks the attributes of an element that has no content.
func finish[T any](p *parser, start xml.StartElement, a *attrs, v T) (T, error) {
	if err := a.done(); err != nil {
		return v, err
	}
	return v, p.empty(start)
}

// text reads, once the attributes are bound, an element whose content is one
// value: a URL, a number or a name, without the white space around it.
func (a *attrs) text(start xml.StartElement) (string, error) {
	if err := a.done(); err != nil {
		return "", err
	}
	return a.p.trimmed(start)
}

func (p *parser) play(start xml.StartElement) (v Play, err error) {
	a := p.attrs(start)
	v = Play{Loop: a.optNumber("loop"), Digits: a.str("digits")}
	v.URL, err = a.text(start)
	return v, err
}

func (p *parser) gather(start xml.StartElement) (Gather, error) {
	a := p.attrs(start)
	v := Gather{
		Input:                       a.input("input"),
		Action:                      a.str("action"),
		Method:                      enum[Method](a, "method"),
		Timeout:                     a.optNumber("timeout"),
		SpeechTimeout:               a.seconds("speechTimeout"),
		NumDigits:                   a.number("numDigits"),
		FinishOnKey:                 a.optStr("finishOnKey"),
		ActionOnEmptyResult:         a.flag("actionOnEmptyResult"),
		Language:                    a.str("language"),
		Hints:                       a.hints("hints"),
		SpeechModel:                 a.str("speechModel"),
		ProfanityFilter:             a.optFlag("profanityFilter"),
		PartialResultCallback:       a.str("partialResultCallback"),
		PartialResultCallbackMethod: enum[Method](a, "partialResultCallbackMethod"),
	}
	if err := a.done(); err != nil {
		return v, err
	}
	err := p.children(start, func(child xml.StartElement) error {
		prompt, err := p.prompt(child, "Gather")
		if err == nil {
			v.Prompts = append(v.Prompts, prompt)
		}
		return err
	}, nil)
	return v, err
}

func (p *parser) enqueue(start xml.StartElement) (v Enqueue, err error) {
	a := p.attrs(start)
	v = Enqueue{
		Action:        a.str("action"),
		Method:        enum[Method](a, "method"),
		MaxQueueSize:  a.number("maxQueueSize"),
		WaitURL:       a.optStr("waitUrl"),
		WaitURLMethod: enum[Method](a, "waitUrlMethod"),
	}
	v.Name, err = a.text(start)
	return v, err
}

func (p *parser) redirect(start xml.StartElement) (v Redirect, err error) {
	a := p.attrs(start)
	v.Method = enum[Method](a, "method")
	v.URL, err = a.text(start)
	return v, err
}

func (p *parser) record(start xml.StartElement) (Record, error) {
	a := p.attrs(start)
	return finish(p, start, a, Record{
		Action:                        a.str("action"),
		Method:                        enum[Method](a, "method"),
		Timeout:                       a.optNumber("timeout"),
		FinishOnKey:                   a.optStr("finishOnKey"),
		MaxLength:                     a.number("maxLength"),
		PlayBeep:                      a.optFlag("playBeep"),
		Trim:                          enum[Trim](a, "trim"),
		RecordingStatusCallback:       a.str("recordingStatusCallback"),
		RecordingStatusCallbackMethod: enum[Method](a, "recordingStatusCallbackMethod"),
		RecordingStatusCallbackEvent:  enums[RecordingEvent](a, "recordingStatusCallbackEvent"),
		Transcribe:                    a.flag("transcribe"),
		TranscribeCallback:            a.str("transcribeCallback"),
	})
}

func (p *parser) reject(start xml.StartElement) (Reject, error) {
	a := p.attrs(start)
	return finish(p, start, a, Reject{Reason: enum[RejectReason](a, "reason")})
}
