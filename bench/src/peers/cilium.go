// cilium/ebpf's side of the native benchmarks: reads the ring with the id given, as its documentation does.
//
// For each line of the input, how to decode and a number, it reads as many records and prints the nanoseconds that each
// took and a sum. "read" is by binary.Read, as the documentation has it, "cast" takes the sample for the struct.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"
)

type event struct {
	Time          uint64
	Pid, Kind     uint32
	Comm          [16]byte
	First, Second uint64
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	id, err := strconv.Atoi(os.Args[1])
	must(err)
	ring, err := ebpf.NewMapFromID(ebpf.MapID(id))
	must(err)
	reader, err := ringbuf.NewReader(ring)
	must(err)
	fmt.Println("ready")
	var record ringbuf.Record
	var one event
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var way string
		var count int
		_, err := fmt.Sscan(input.Text(), &way, &count)
		must(err)
		sum := uint64(0)
		start := time.Now()
		for i := 0; i < count; i++ {
			must(reader.ReadInto(&record))
			if way == "cast" {
				if len(record.RawSample) < int(unsafe.Sizeof(one)) {
					must(fmt.Errorf("a sample of %d bytes", len(record.RawSample)))
				}
				one = *(*event)(unsafe.Pointer(&record.RawSample[0]))
			} else {
				must(binary.Read(bytes.NewReader(record.RawSample), binary.LittleEndian, &one))
			}
			sum += uint64(one.Pid) + uint64(one.Kind)
		}
		fmt.Println(float64(time.Since(start).Nanoseconds())/float64(count), sum)
	}
}
