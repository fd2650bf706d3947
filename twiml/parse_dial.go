package twiml

import (
	"encoding/xml"
	"strings"
)

func (p *parser) dial(start xml.StartElement) (Dial, error) {
	a := p.attrs(start)
	v := Dial{
		Action:                        a.str("action"),
		Method:                        enum[Method](a, "method"),
		Timeout:                       a.number("timeout"),
		TimeLimit:                     a.number("timeLimit"),
		CallerID:                      a.str("callerId"),
		HangupOnStar:                  a.flag("hangupOnStar"),
		AnswerOnBridge:                a.flag("answerOnBridge"),
		RingTone:                      enum[RingTone](a, "ringTone"),
		Sequential:                    a.flag("sequential"),
		Record:                        enum[DialRecord](a, "record"),
		Trim:                          enum[Trim](a, "trim"),
		RecordingStatusCallback:       a.str("recordingStatusCallback"),
		RecordingStatusCallbackMethod: enum[Method](a, "recordingStatusCallbackMethod"),
		RecordingStatusCallbackEvent:  enums[RecordingEvent](a, "recordingStatusCallbackEvent"),
	}
	if err := a.done(); err != nil {
		return v, err
	}
	var text string
	err := p.children(start, func(child xml.StartElement) error {
		n, err := p.noun(child)
		if err == nil {
			v.Nouns = append(v.Nouns, n)
		}
		return err
	}, func(s string) { text += s })
	v.Number = strings.TrimSpace(text)
	return v, err
}

// noun reads whom a Dial connects to.
func (p *parser) noun(start xml.StartElement) (Noun, error) {
	switch name(start.Name) {
	case "Number":
		return p.number(start)
	case "Client":
		return p.client(start)
	case "Conference":
		return p.conference(start)
	case "Queue":
		return p.queue(start)
	default:
		return nil, p.notAllowed(start, "Dial")
	}
}

func (p *parser) number(start xml.StartElement) (v Number, err error) {
	a := p.attrs(start)
	v = Number{
		URL:                     a.str("url"),
		Method:                  enum[Method](a, "method"),
		SendDigits:              a.str("sendDigits"),
		StatusCallback:          a.str("statusCallback"),
		StatusCallbackMethod:    enum[Method](a, "statusCallbackMethod"),
		StatusCallbackEvent:     enums[CallEvent](a, "statusCallbackEvent"),
		MachineDetection:        enum[MachineDetection](a, "machineDetection"),
		MachineDetectionTimeout: a.number("machineDetectionTimeout"),
		AMDStatusCallback:       a.str("amdStatusCallback"),
		AMDStatusCallbackMethod: enum[Method](a, "amdStatusCallbackMethod"),
	}
	v.Number, err = a.text(start)
	return v, err
}

func (p *parser) client(start xml.StartElement) (v Client, err error) {
	a := p.attrs(start)
	v = Client{
		URL:                  a.str("url"),
		Method:               enum[Method](a, "method"),
		StatusCallback:       a.str("statusCallback"),
		StatusCallbackMethod: enum[Method](a, "statusCallbackMethod"),
		StatusCallbackEvent:  enums[CallEvent](a, "statusCallbackEvent"),
	}
	v.Identity, err = a.text(start)
	return v, err
}

func (p *parser) queue(start xml.StartElement) (v Queue, err error) {
	a := p.attrs(start)
	v = Queue{URL: a.str("url"), Method: enum[Method](a, "method")}
	v.Name, err = a.text(start)
	return v, err
}

func (p *parser) conference(start xml.StartElement) (v Conference, err error) {
	a := p.attrs(start)
	v = Conference{
		Muted:                         a.flag("muted"),
		Beep:                          enum[Beep](a, "beep"),
		StartConferenceOnEnter:        a.optFlag("startConferenceOnEnter"),
		EndConferenceOnExit:           a.flag("endConferenceOnExit"),
		ParticipantLabel:              a.str("participantLabel"),
		JitterBufferSize:              enum[JitterBuffer](a, "jitterBufferSize"),
		WaitURL:                       a.optStr("waitUrl"),
		WaitMethod:                    enum[Method](a, "waitMethod"),
		MaxParticipants:               a.number("maxParticipants"),
		Record:                        enum[ConferenceRecord](a, "record"),
		Region:                        a.str("region"),
		Trim:                          enum[Trim](a, "trim"),
		Coach:                         a.str("coach"),
		StatusCallback:                a.str("statusCallback"),
		StatusCallbackMethod:          enum[Method](a, "statusCallbackMethod"),
		StatusCallbackEvent:           enums[ConferenceEvent](a, "statusCallbackEvent"),
		RecordingStatusCallback:       a.str("recordingStatusCallback"),
		RecordingStatusCallbackMethod: enum[Method](a, "recordingStatusCallbackMethod"),
		RecordingStatusCallbackEvent:  enums[RecordingEvent](a, "recordingStatusCallbackEvent"),
	}
	v.Name, err = a.text(start)
	return v, err
}
