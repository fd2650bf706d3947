package mailbox_test

import (
	"strings"
	"testing"

	"ringback/ivr/mail/mailbox"
)

// What is not one text and one recording, in that order, is no message of ours.
func TestParseRecording(t *testing.T) {
	const (
		text  = "Content-Type: text/plain; charset=utf-8\n\nhello\n"
		sound = "Content-Type: audio/mpeg\nContent-Disposition: attachment; filename=\"recording.mp3\"\nContent-Transfer-Encoding: base64\n\nQUJD\n"
	)
	for _, tt := range []struct {
		name  string
		parts []string
		ok    bool
	}{
		{"both", []string{text, sound}, true},
		{"no recording", []string{text}, false},
		{"no text", []string{sound}, false},
		{"the other way round", []string{sound, text}, false},
		{"two recordings", []string{text, sound, sound}, false},
		{"another kind", []string{text, strings.Replace(sound, "audio/mpeg", "text/html", 1)}, false},
		{"another name", []string{text, strings.Replace(sound, "recording.mp3", "919195550101.mp3", 1)}, false},
		{"not base64", []string{text, strings.Replace(sound, "QUJD", "!", 1)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw := "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + strings.Join(tt.parts, "\n--b\n") + "\n--b--\n"
			m, err := mailbox.Parse([]byte(strings.ReplaceAll(raw, "\n", "\r\n")))
			if (err == nil) != tt.ok {
				t.Fatalf("err = %v", err)
			}
			if tt.ok && (m.Text != "hello" || string(m.Recording) != "ABC") {
				t.Errorf("text %q, recording %q", m.Text, m.Recording)
			}
		})
	}
}
