# Appended to the client of Redis's published tests when they are played with --texts: a value that is no integer is sent as an integer
# which stands for it, and shown as the text again wherever that integer comes back. So a test whose values could as well be numbers
# shows what it tests; one that looks at the bytes of a text does not.

namespace eval ::texts {
    variable first 4000000000000000000
    variable count 0
    array set number {}
    array set text {}
}

# The integer that stands for a value; an integer stands for itself.
proc ::texts::encode {value} {
    variable first
    variable count
    variable number
    variable text
    if {[regexp {^(0|-?[1-9][0-9]{0,18})$} $value] && [string is wideinteger $value]} {
        return $value
    }
    if {![info exists number($value)]} {
        set number($value) [expr {$first + [incr count]}]
        set text($number($value)) $value
    }
    return $number($value)
}

# A reply with the texts in place of the integers that stand for them.
proc ::texts::decode {reply} {
    variable text
    if {[string first 40000000000000 $reply] < 0} {return $reply}
    set decoded {}
    set from 0
    foreach range [regexp -all -inline -indices {40000000000000\d{5}} $reply] {
        lassign $range start end
        set found [string range $reply $start $end]
        append decoded [string range $reply $from [expr {$start - 1}]]
        append decoded [expr {[info exists text($found)] ? $text($found) : $found}]
        set from [expr {$end + 1}]
    }
    return $decoded[string range $reply $from end]
}

# A script that sets texts which stand in it.
proc ::texts::encode_script {script} {
    set call {(redis\.p?call\s*\(\s*["']set(?:nx)?["']\s*,\s*(?:["'][^"']*["']|KEYS\[\d\])\s*,\s*["'])([^"']*)["']}
    set encoded {}
    set from 0
    foreach {all head value} [regexp -all -inline -indices -nocase $call $script] {
        lassign $value start end
        append encoded [string range $script $from [expr {$start - 1}]]
        append encoded [::texts::encode [string range $script $start $end]]
        set from [expr {$end + 1}]
    }
    return $encoded[string range $script $from end]
}

# The words of a command behind its name.
proc ::texts::encode_words {name words} {
    set positions {}
    switch -- [string tolower $name] {
        set - setnx - getset {set positions {1}}
        setex - psetex {set positions {2}}
        mset - msetnx {
            for {set i 1} {$i < [llength $words]} {incr i 2} {lappend positions $i}
        }
        eval - eval_ro {
            if {[llength $words] == 0} {return $words}
            if {[regexp -nocase {'set', *KEYS\[\d\], *ARGV} [lindex $words 0]]} {
                for {set i [expr {2 + [lindex $words 1]}]} {$i < [llength $words]} {incr i} {
                    lappend positions $i
                }
            }
            lset words 0 [::texts::encode_script [lindex $words 0]]
        }
        script {
            if {[llength $words] == 2} {lset words 1 [::texts::encode_script [lindex $words 1]]}
        }
        acl {
            if {[string tolower [lindex $words 0]] ne "dryrun"} {return $words}
            set inner [::texts::encode_words [lindex $words 2] [lrange $words 3 end]]
            return [concat [lrange $words 0 2] $inner]
        }
    }
    foreach i $positions {
        if {$i < [llength $words]} {lset words $i [::texts::encode [lindex $words $i]]}
    }
    return $words
}

rename ::redis::__dispatch__raw__ ::redis::dispatch_numbers
proc ::redis::__dispatch__raw__ {id method words} {
    ::redis::dispatch_numbers $id $method [::texts::encode_words $method $words]
}

foreach reading {redis_bulk_read redis_read_line} {
    rename ::redis::$reading ::redis::${reading}_numbers
    proc ::redis::$reading {channel} "::texts::decode \[::redis::${reading}_numbers \$channel\]"
}
