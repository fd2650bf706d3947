package config

// mail checks the mail server's part. Without a host there must be nothing else,
// so that a misspelt host is not taken for none.
func (c *checker) mail() {
	m := &c.c.Mail
	if !m.Configured() {
		if c.given("mail") && !c.bad("mail") {
			c.fail("mail.host", "is missing: without it nothing is mailed, so leave out all of mail")
		}
		return
	}
	orElse(c, "mail.tls", &m.TLS, "implicit")
	c.oneOf("mail.tls", m.TLS, "implicit", "starttls", "plain")
	port := 587
	if m.TLS == "implicit" {
		port = 465
	}
	orElse(c, "mail.port", &m.Port, port)
	if m.Port < 1 || m.Port > 65535 {
		c.fail("mail.port", "must be between 1 and 65535")
	}
	if m.TLS == "plain" && !loopback(m.Host) {
		c.fail("mail.tls", "must not be plain but for a server on this machine: codes would be readable on the way")
	}
	if c.need("mail.from", m.From) {
		c.matches("mail.from", m.From, `[^\s@<>]+@[^\s@<>]+`, "an address such as service-desk@example.edu")
	}
	switch {
	case m.Username != "" && m.Password.Reveal() == "":
		c.needSecret("mail.password", true)
	case m.Username == "" && m.Password.Reveal() != "":
		c.fail("mail.username", "is missing: there is a password")
	}
	within(c, "mail.timeout", &m.Timeout, 5*second, second, 30*second, neither)
}
