package twiml

func (g Gather) append(dst []byte) []byte {
	dst = append(dst, "<Gather"...)
	dst = attr(dst, ` input="`, g.Input)
	dst = attr(dst, ` action="`, g.Action)
	dst = attr(dst, ` method="`, g.Method)
	dst = attrOptInt(dst, ` timeout="`, g.Timeout)
	if g.SpeechTimeout == SpeechTimeoutAuto {
		dst = append(dst, ` speechTimeout="auto"`...)
	} else {
		dst = attrInt(dst, ` speechTimeout="`, int(g.SpeechTimeout))
	}
	dst = attrInt(dst, ` numDigits="`, g.NumDigits)
	dst = attrOptString(dst, ` finishOnKey="`, g.FinishOnKey)
	dst = attrTrue(dst, ` actionOnEmptyResult="`, g.ActionOnEmptyResult)
	dst = attr(dst, ` language="`, g.Language)
	dst = attrList(dst, ` hints="`, ", ", g.Hints)
	dst = attr(dst, ` speechModel="`, g.SpeechModel)
	dst = attrOptBool(dst, ` profanityFilter="`, g.ProfanityFilter)
	dst = attr(dst, ` partialResultCallback="`, g.PartialResultCallback)
	dst = attr(dst, ` partialResultCallbackMethod="`, g.PartialResultCallbackMethod)
	if len(g.Prompts) == 0 {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	for _, p := range g.Prompts {
		dst = p.append(dst)
	}
	return append(dst, "</Gather>"...)
}

func (g Gather) size() int {
	n := 192 + len(g.Action) + len(g.PartialResultCallback)
	for _, h := range g.Hints {
		n += len(h) + 2
	}
	for _, p := range g.Prompts {
		n += p.size()
	}
	return n
}

func (p Play) append(dst []byte) []byte {
	dst = append(dst, "<Play"...)
	dst = attrOptInt(dst, ` loop="`, p.Loop)
	dst = attr(dst, ` digits="`, p.Digits)
	return closeText(dst, p.URL, "</Play>")
}

func (p Play) size() int { return 48 + len(p.Digits) + len(p.URL) }

func (p Pause) append(dst []byte) []byte {
	dst = append(dst, "<Pause"...)
	dst = attrInt(dst, ` length="`, p.Length)
	return append(dst, "/>"...)
}

func (Pause) size() int { return 40 }

func (e Enqueue) append(dst []byte) []byte {
	dst = append(dst, "<Enqueue"...)
	dst = attr(dst, ` action="`, e.Action)
	dst = attr(dst, ` method="`, e.Method)
	dst = attrInt(dst, ` maxQueueSize="`, e.MaxQueueSize)
	dst = attrOptString(dst, ` waitUrl="`, e.WaitURL)
	dst = attr(dst, ` waitUrlMethod="`, e.WaitURLMethod)
	return closeText(dst, e.Name, "</Enqueue>")
}

func (e Enqueue) size() int {
	return 128 + len(e.Action) + len(e.WaitURL.Value) + len(e.Name)
}

func (Leave) append(dst []byte) []byte { return append(dst, "<Leave/>"...) }
func (Leave) size() int                { return 8 }

func (r Redirect) append(dst []byte) []byte {
	dst = append(dst, "<Redirect"...)
	dst = attr(dst, ` method="`, r.Method)
	return closeText(dst, r.URL, "</Redirect>")
}

func (r Redirect) size() int { return 48 + len(r.URL) }

func (Hangup) append(dst []byte) []byte { return append(dst, "<Hangup/>"...) }
func (Hangup) size() int                { return 9 }

func (r Reject) append(dst []byte) []byte {
	dst = append(dst, "<Reject"...)
	dst = attr(dst, ` reason="`, r.Reason)
	return append(dst, "/>"...)
}

func (r Reject) size() int { return 32 }

func (r Record) append(dst []byte) []byte {
	dst = append(dst, "<Record"...)
	dst = attr(dst, ` action="`, r.Action)
	dst = attr(dst, ` method="`, r.Method)
	dst = attrOptInt(dst, ` timeout="`, r.Timeout)
	dst = attrOptString(dst, ` finishOnKey="`, r.FinishOnKey)
	dst = attrInt(dst, ` maxLength="`, r.MaxLength)
	dst = attrOptBool(dst, ` playBeep="`, r.PlayBeep)
	dst = attr(dst, ` trim="`, r.Trim)
	dst = attr(dst, ` recordingStatusCallback="`, r.RecordingStatusCallback)
	dst = attr(dst, ` recordingStatusCallbackMethod="`, r.RecordingStatusCallbackMethod)
	dst = attrList(dst, ` recordingStatusCallbackEvent="`, " ", r.RecordingStatusCallbackEvent)
	dst = attrTrue(dst, ` transcribe="`, r.Transcribe)
	dst = attr(dst, ` transcribeCallback="`, r.TranscribeCallback)
	return append(dst, "/>"...)
}

func (r Record) size() int {
	return 384 + len(r.Action) + len(r.RecordingStatusCallback) + len(r.TranscribeCallback)
}
