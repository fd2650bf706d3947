package mail_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/mail/mailbox"
)

// A sound arrives byte by byte as it was, whatever looks like SMTP in it.
func TestSendRecording(t *testing.T) {
	for name, sound := range map[string][]byte{
		"short":       {0xff, 0xfb, 0x90, 0x00},
		"like SMTP":   []byte("\r\n.\r\nMAIL FROM:<eve@example.org>\r\n"),
		"the longest": bytes.Repeat([]byte{0xff, 0x00}, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, mailbox.Options{})
			m := hello
			m.Recording = sound
			if err := client(t, b, nil).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			got := b.Messages(to)
			if len(got) != 1 {
				t.Fatalf("%d messages, want 1", len(got))
			}
			if d := cmp.Diff(hello.Text, got[0].Text); d != "" {
				t.Error(d)
			}
			if !bytes.Equal(got[0].Recording, sound) {
				t.Errorf("%d bytes of sound, want the %d sent", len(got[0].Recording), len(sound))
			}
			if kind := got[0].Headers["Content-Type"]; len(kind) != 1 || !strings.HasPrefix(kind[0], "multipart/mixed;") {
				t.Errorf("Content-Type %q", kind)
			}
		})
	}
}
