module zombiezen.com/go/sqlite

go 1.26.0
