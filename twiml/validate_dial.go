package twiml

import "strings"

const (
	maxParallel        = 10
	maxRingSeconds     = 600
	maxTalkSeconds     = 86400
	maxConferenceName  = 128
	maxParticipantName = 128
	maxIdentity        = 121
)

func (d Dial) validate(c *checker) {
	c.request("action", d.Action, "method", d.Method)
	c.between("timeout", d.Timeout, 1, maxRingSeconds)
	c.between("timeLimit", d.TimeLimit, 1, maxTalkSeconds)
	if strings.ContainsAny(d.CallerID, " \t\r\n") {
		c.addf("callerId must not contain white space")
	}
	checkEnum(c, "ringTone", d.RingTone)
	checkEnum(c, "record", d.Record)
	c.recording(d.RecordingStatusCallback, d.RecordingStatusCallbackMethod, d.RecordingStatusCallbackEvent, d.Trim)
	d.whom(c)
	for i, n := range d.Nouns {
		c.in(n.Element(), i, func() { n.validate(c) })
	}
}

// whom checks that the Dial connects to one thing, or to several that ring.
func (d Dial) whom(c *checker) {
	ringing := 0
	for _, n := range d.Nouns {
		switch n.(type) {
		case Number, Client:
			ringing++
		case Conference, Queue:
			if len(d.Nouns) > 1 {
				c.addf("%s must be alone in a Dial", n.Element())
			}
		}
	}
	switch {
	case d.Number == "" && len(d.Nouns) == 0:
		c.addf("connects to nobody")
	case d.Number != "" && len(d.Nouns) > 0:
		c.addf("has both a number as text and nouns")
	case d.Number != "":
		c.phone("the number", d.Number)
	}
	if ringing > maxParallel {
		c.addf("must ring at most %d Numbers and Clients", maxParallel)
	}
}

func (n Number) validate(c *checker) {
	c.request("url", n.URL, "method", n.Method)
	c.request("statusCallback", n.StatusCallback, "statusCallbackMethod", n.StatusCallbackMethod)
	checkEnums(c, "statusCallbackEvent", n.StatusCallbackEvent)
	c.keys("sendDigits", n.SendDigits, "0123456789*#wW", 0)
	checkEnum(c, "machineDetection", n.MachineDetection)
	c.between("machineDetectionTimeout", n.MachineDetectionTimeout, 3, 59)
	c.request("amdStatusCallback", n.AMDStatusCallback, "amdStatusCallbackMethod", n.AMDStatusCallbackMethod)
	c.phone("the number", n.Number)
}

func (cl Client) validate(c *checker) {
	c.request("url", cl.URL, "method", cl.Method)
	c.request("statusCallback", cl.StatusCallback, "statusCallbackMethod", cl.StatusCallbackMethod)
	checkEnums(c, "statusCallbackEvent", cl.StatusCallbackEvent)
	c.required("the identity", cl.Identity, maxIdentity)
}

func (q Queue) validate(c *checker) {
	c.request("url", q.URL, "method", q.Method)
	c.required("the name of the queue", q.Name, maxQueueName)
}

func (cf Conference) validate(c *checker) {
	checkEnum(c, "beep", cf.Beep)
	c.atMost("participantLabel", cf.ParticipantLabel, maxParticipantName)
	checkEnum(c, "jitterBufferSize", cf.JitterBufferSize)
	c.request("waitUrl", cf.WaitURL.Value, "waitMethod", cf.WaitMethod)
	c.between("maxParticipants", cf.MaxParticipants, 2, MaxConferenceParticipants)
	checkEnum(c, "record", cf.Record)
	if strings.Trim(cf.Region, alphanumeric+"-") != "" {
		c.addf("region is not the name of a region")
	}
	if cf.Coach != "" && !isSID(cf.Coach, "CA") {
		c.addf("coach must be the SID of a call")
	}
	c.request("statusCallback", cf.StatusCallback, "statusCallbackMethod", cf.StatusCallbackMethod)
	checkEnums(c, "statusCallbackEvent", cf.StatusCallbackEvent)
	c.recording(cf.RecordingStatusCallback, cf.RecordingStatusCallbackMethod, cf.RecordingStatusCallbackEvent, cf.Trim)
	c.required("the name of the conference", cf.Name, maxConferenceName)
}

// isSID tells the shape of one of Twilio's identifiers: a prefix and 32 hex digits.
func isSID(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	return ok && len(rest) == 32 && strings.Trim(rest, "0123456789abcdefABCDEF") == ""
}
