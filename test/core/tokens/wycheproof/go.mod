// Published vectors of attacks on signatures (https://github.com/C2SP/wycheproof), which come as a Go module.
module podiam.dev/test/wycheproof

go 1.26

require github.com/c2sp/wycheproof v0.0.0-20260902155932-3fa63dd0344a
