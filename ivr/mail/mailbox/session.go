package mailbox

import (
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"io"
	"slices"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	plain      = "PLAIN"
	login      = "LOGIN"
	maxMessage = 4 << 20
)

// session is one client's.
type session struct {
	box    *Box
	conn   *conn
	authed bool
	from   string
	to     []string
}

var _ smtp.AuthSession = (*session)(nil)

// session begins when a client says hello.
func (b *Box) session(c *smtp.Conn) (smtp.Session, error) {
	raw := c.Conn()
	if t, ok := raw.(*tls.Conn); ok {
		raw = t.NetConn()
	}
	own, ok := raw.(*conn)
	if !ok {
		return nil, errors.New("not a connection of this box")
	}
	if err := b.hit(own, Hello); err != nil {
		return nil, err
	}
	return &session{box: b, conn: own}, nil
}

// AuthMechanisms are offered only if a password is asked for.
func (s *session) AuthMechanisms() []string {
	if s.box.o.Username == "" {
		return nil
	}
	return s.box.o.Mechanisms
}

// Auth checks a user name and a password.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	switch {
	case !slices.Contains(s.AuthMechanisms(), mechanism):
		return nil, smtp.ErrAuthUnknownMechanism
	case mechanism == plain:
		return sasl.NewPlainServer(func(_, username, password string) error { return s.admit(username, password) }), nil
	case mechanism == login:
		return &loginServer{admit: s.admit}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *session) admit(username, password string) error {
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	if !same(username, s.box.o.Username) || !same(password, s.box.o.Password) {
		return smtp.ErrAuthFailed
	}
	s.authed = true
	return nil
}

// Mail begins a message.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.box.o.Username != "" && !s.authed {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.from = from
	return s.box.hit(s.conn, Mail)
}

// Rcpt adds a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.box.hit(s.conn, Rcpt); err != nil {
		return err
	}
	if code := s.box.refusal(to); code != 0 {
		return answer(code)
	}
	s.to = append(s.to, to)
	return nil
}

// Data takes the message.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.box.hit(s.conn, End); err != nil {
		return err
	}
	if err := s.box.keep(raw, s.from, s.to); err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Message not understood"}
	}
	return s.box.hit(s.conn, Kept)
}

// Reset forgets a message that was begun.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }

// loginServer is the old mechanism LOGIN, which many servers still offer alone.
type loginServer struct {
	admit    func(username, password string) error
	asked    int
	username string
}

// Next asks for the name, then for the password.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.asked++
	switch {
	case l.asked == 1 && response == nil:
		return []byte("Username:"), false, nil
	case l.username == "":
		l.username = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.admit(l.username, string(response))
}
