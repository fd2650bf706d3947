package twiml

func (d Dial) append(dst []byte) []byte {
	dst = append(dst, "<Dial"...)
	dst = attr(dst, ` action="`, d.Action)
	dst = attr(dst, ` method="`, d.Method)
	dst = attrInt(dst, ` timeout="`, d.Timeout)
	dst = attrInt(dst, ` timeLimit="`, d.TimeLimit)
	dst = attr(dst, ` callerId="`, d.CallerID)
	dst = attrTrue(dst, ` hangupOnStar="`, d.HangupOnStar)
	dst = attrTrue(dst, ` answerOnBridge="`, d.AnswerOnBridge)
	dst = attr(dst, ` ringTone="`, d.RingTone)
	dst = attrTrue(dst, ` sequential="`, d.Sequential)
	dst = attr(dst, ` record="`, d.Record)
	dst = attr(dst, ` trim="`, d.Trim)
	dst = attr(dst, ` recordingStatusCallback="`, d.RecordingStatusCallback)
	dst = attr(dst, ` recordingStatusCallbackMethod="`, d.RecordingStatusCallbackMethod)
	dst = attrList(dst, ` recordingStatusCallbackEvent="`, " ", d.RecordingStatusCallbackEvent)
	if len(d.Nouns) == 0 {
		return closeText(dst, d.Number, "</Dial>")
	}
	dst = append(dst, '>')
	dst = appendText(dst, d.Number)
	for _, n := range d.Nouns {
		dst = n.append(dst)
	}
	return append(dst, "</Dial>"...)
}

func (d Dial) size() int {
	n := 384 + len(d.Action) + len(d.CallerID) + len(d.RecordingStatusCallback) + len(d.Number)
	for _, noun := range d.Nouns {
		n += noun.size()
	}
	return n
}

func (n Number) append(dst []byte) []byte {
	dst = append(dst, "<Number"...)
	dst = attr(dst, ` url="`, n.URL)
	dst = attr(dst, ` method="`, n.Method)
	dst = attr(dst, ` sendDigits="`, n.SendDigits)
	dst = attr(dst, ` statusCallback="`, n.StatusCallback)
	dst = attr(dst, ` statusCallbackMethod="`, n.StatusCallbackMethod)
	dst = attrList(dst, ` statusCallbackEvent="`, " ", n.StatusCallbackEvent)
	dst = attr(dst, ` machineDetection="`, n.MachineDetection)
	dst = attrInt(dst, ` machineDetectionTimeout="`, n.MachineDetectionTimeout)
	dst = attr(dst, ` amdStatusCallback="`, n.AMDStatusCallback)
	dst = attr(dst, ` amdStatusCallbackMethod="`, n.AMDStatusCallbackMethod)
	return closeText(dst, n.Number, "</Number>")
}

func (n Number) size() int {
	return 384 + len(n.URL) + len(n.StatusCallback) + len(n.AMDStatusCallback) + len(n.Number)
}

func (c Client) append(dst []byte) []byte {
	dst = append(dst, "<Client"...)
	dst = attr(dst, ` url="`, c.URL)
	dst = attr(dst, ` method="`, c.Method)
	dst = attr(dst, ` statusCallback="`, c.StatusCallback)
	dst = attr(dst, ` statusCallbackMethod="`, c.StatusCallbackMethod)
	dst = attrList(dst, ` statusCallbackEvent="`, " ", c.StatusCallbackEvent)
	return closeText(dst, c.Identity, "</Client>")
}

func (c Client) size() int {
	return 192 + len(c.URL) + len(c.StatusCallback) + len(c.Identity)
}

func (q Queue) append(dst []byte) []byte {
	dst = append(dst, "<Queue"...)
	dst = attr(dst, ` url="`, q.URL)
	dst = attr(dst, ` method="`, q.Method)
	return closeText(dst, q.Name, "</Queue>")
}

func (q Queue) size() int { return 48 + len(q.URL) + len(q.Name) }

func (c Conference) append(dst []byte) []byte {
	dst = append(dst, "<Conference"...)
	dst = attrTrue(dst, ` muted="`, c.Muted)
	dst = attr(dst, ` beep="`, c.Beep)
	dst = attrOptBool(dst, ` startConferenceOnEnter="`, c.StartConferenceOnEnter)
	dst = attrTrue(dst, ` endConferenceOnExit="`, c.EndConferenceOnExit)
	dst = attr(dst, ` participantLabel="`, c.ParticipantLabel)
	dst = attr(dst, ` jitterBufferSize="`, c.JitterBufferSize)
	dst = attrOptString(dst, ` waitUrl="`, c.WaitURL)
	dst = attr(dst, ` waitMethod="`, c.WaitMethod)
	dst = attrInt(dst, ` maxParticipants="`, c.MaxParticipants)
	dst = attr(dst, ` record="`, c.Record)
	dst = attr(dst, ` region="`, c.Region)
	dst = attr(dst, ` trim="`, c.Trim)
	dst = attr(dst, ` coach="`, c.Coach)
	dst = attr(dst, ` statusCallback="`, c.StatusCallback)
	dst = attr(dst, ` statusCallbackMethod="`, c.StatusCallbackMethod)
	dst = attrList(dst, ` statusCallbackEvent="`, " ", c.StatusCallbackEvent)
	dst = attr(dst, ` recordingStatusCallback="`, c.RecordingStatusCallback)
	dst = attr(dst, ` recordingStatusCallbackMethod="`, c.RecordingStatusCallbackMethod)
	dst = attrList(dst, ` recordingStatusCallbackEvent="`, " ", c.RecordingStatusCallbackEvent)
	return closeText(dst, c.Name, "</Conference>")
}

func (c Conference) size() int {
	return 640 + len(c.ParticipantLabel) + len(c.WaitURL.Value) + len(c.Coach) +
		len(c.StatusCallback) + len(c.RecordingStatusCallback) + len(c.Name)
}
