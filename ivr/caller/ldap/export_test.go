package ldap

// FilterFor is the filter for an ID, whatever it is.
func (c *Config) FilterFor(id string) string { return c.filter(id) }

// GroupName is what a group is called.
func GroupName(group string) string { return groupName(group) }
