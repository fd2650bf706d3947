package twiml

import "strings"

const (
	maxHints      = 500
	maxHintChars  = 100
	maxQueueName  = 64
	maxRecordTime = 14400
)

func (g Gather) validate(c *checker) {
	checkEnum(c, "input", g.Input)
	c.request("action", g.Action, "method", g.Method)
	c.request("partialResultCallback", g.PartialResultCallback, "partialResultCallbackMethod", g.PartialResultCallbackMethod)
	c.positive("timeout", g.Timeout.Value)
	c.positive("numDigits", g.NumDigits)
	if g.SpeechTimeout < SpeechTimeoutAuto {
		c.addf("speechTimeout must not be negative")
	}
	if g.SpeechModel != "" && g.SpeechTimeout <= 0 {
		c.addf("speechModel needs a speechTimeout in seconds")
	}
	c.keys("finishOnKey", g.FinishOnKey.Value, "0123456789*#", 1)
	c.language("language", g.Language)
	c.hints(g.Hints)
	for i, p := range g.Prompts {
		c.in(p.Element(), i, func() { p.validate(c) })
	}
}

func (c *checker) hints(hints []string) {
	if len(hints) > maxHints {
		c.addf("hints must be at most %d", maxHints)
	}
	for _, h := range hints {
		if strings.TrimSpace(h) == "" || strings.Contains(h, ",") {
			c.addf("hints must be phrases without commas")
			return
		}
		if len([]rune(h)) > maxHintChars {
			c.addf("hints must be at most %d characters each", maxHintChars)
			return
		}
	}
}

func (p Play) validate(c *checker) {
	c.positive("loop", p.Loop.Value)
	c.url("the URL", p.URL)
	c.keys("digits", p.Digits, "0123456789*#wW", 0)
	if (p.URL == "") == (p.Digits == "") {
		c.addf("needs either a URL or digits")
	}
}

func (p Pause) validate(c *checker) { c.positive("length", p.Length) }

func (e Enqueue) validate(c *checker) {
	c.request("action", e.Action, "method", e.Method)
	c.request("waitUrl", e.WaitURL.Value, "waitUrlMethod", e.WaitURLMethod)
	c.between("maxQueueSize", e.MaxQueueSize, 1, MaxQueueSize)
	c.required("the name of the queue", e.Name, maxQueueName)
}

func (Leave) validate(*checker)  {}
func (Hangup) validate(*checker) {}

func (r Redirect) validate(c *checker) { c.request("the URL", r.URL, "method", r.Method) }

func (r Reject) validate(c *checker) { checkEnum(c, "reason", r.Reason) }

func (r Record) validate(c *checker) {
	c.request("action", r.Action, "method", r.Method)
	c.positive("timeout", r.Timeout.Value)
	c.keys("finishOnKey", r.FinishOnKey.Value, "0123456789*#", 0)
	c.between("maxLength", r.MaxLength, 1, maxRecordTime)
	c.recording(r.RecordingStatusCallback, r.RecordingStatusCallbackMethod, r.RecordingStatusCallbackEvent, r.Trim)
	c.url("transcribeCallback", r.TranscribeCallback)
}
