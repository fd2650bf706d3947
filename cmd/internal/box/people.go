package box

import "ringback/ivr/duo/duobox"

// Person is one of the sample people, with what they know. The file directory
// knows them too, but only the hashes of their PINs.
type Person struct {
	Name    string
	ID      string // the unique ID that is keyed
	PIN     string // "" for who has none
	Numbers []string
	New     string // of a phone that they have bought, and that is on nobody's file
	Mails   []string
	Paper   string // a recovery code, or "" for who has none
	Note    string // what is special about them

	username string
}

// People are the sample people: the same in the directory and in Duo.
func People() []Person {
	return []Person{
		{"Dana Reyes", "1000001", "24681357", []string{"+19195550101"}, "+19195550191", []string{"dana@example.edu", "dana@example.com"}, "1618-0339-8874-9894-8482", "The plain case: a new phone with the old number.", "dana"},
		{"Sam Okafor", "1000002", "13572468", []string{"+19195550102", "+19195550112"}, "+19195550192", []string{"sam@example.edu"}, "", "Has two phones on file, and a tablet with Duo Mobile.", "sam"},
		{"Lee Novak", "1000003", "11223344", []string{"+19195550103"}, "+19195550193", []string{"lee@example.edu"}, "", "Has privileges: nothing is done by phone.", "lee"},
		{"Kim Park", "1000005", "55667788", []string{"+19195550105"}, "+19195550195", []string{"kim@example.edu"}, "", "The SIM was swapped two days ago.", "kim"},
		{"Noor Haddad", "1000006", "", []string{"+19195550106"}, "+19195550196", []string{"noor@example.org"}, "2718-2818-2845-9045-2353", "Never chose a PIN, and has a recovery code.", "noor"},
	}
}

// tabletOf has a tablet with Duo Mobile beside the phones.
const tabletOf = "sam"

// Users are the sample people as Duo knows them.
func Users() []duobox.User {
	var users []duobox.User
	for _, p := range People() {
		u := duobox.User{Username: p.username, RealName: p.Name}
		for _, n := range p.Numbers {
			u.Phones = append(u.Phones, duobox.Phone{Number: n})
		}
		if p.username == tabletOf { // a device for pushes that is not the phone in question
			u.Phones = append(u.Phones, duobox.Phone{Name: "Tablet", Platform: "Apple iOS", Activated: true})
		}
		users = append(users, u)
	}
	return users
}
