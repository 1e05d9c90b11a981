/*
 * Every constant of the agent's protocol, in one place. docs/protocol.md explains them;
 * grader/guest/protocol/constants.py has the same numbers, and a test compares the two files.
 * All numbers on the wire are little-endian. Keep one #define a line: the test parses them.
 */
#ifndef RINGMARK_PROTOCOL_H
#define RINGMARK_PROTOCOL_H

/* Raised by every change that an older peer would misread. */
#define PROTOCOL_VERSION 1

/* Frame: u32 payload length, u16 type, u16 actor, u32 ticket, payload. */
#define HEADER_SIZE 12
/* Fields of a CALL's answer before its data. */
#define ANSWER_SIZE 37
/* Room for the largest blob and the fields around it. */
#define MAX_PAYLOAD 66048
/* The largest blob that an answer may carry. */
#define MAX_DATA 65536
/* Bytes that one WRITE or WRITE_FILE may carry. */
#define MAX_WRITE 49152
/* Guard before, body and guard after of one READ together. */
#define MAX_READ_AREA 61440
#define MAX_GUARD 4096
#define MAX_FILL 16
/* Bytes that one PUT may carry. */
#define MAX_CHUNK 49152
/* A text's bytes, without the NUL that ends it on the wire. */
#define MAX_TEXT 4095
/* As the kernel's stack file: cut here. */
#define MAX_STACK 8192
#define MAX_ARGUMENTS 32
#define MAX_ENTRIES 4096
/* RUN puts the whole length (u64) before its output. */
#define MAX_OUTPUT 65528
/* KMSG stops where another record might not fit, so a smaller cap would get nowhere. */
#define MIN_KMSG_CAP 16384
/* Bytes that one write or read of a stream transfers at most. */
#define MAX_PIECE 4096
/* Living actors, and calls of one actor that are not answered yet. */
#define MAX_ACTORS 64
#define MAX_PENDING 64

/* Types of requests. An answer has the request's type plus ANSWER. */
#define TYPE_HELLO 1
#define TYPE_SPAWN 2
#define TYPE_PUT 3
#define TYPE_STATE 4
#define TYPE_KILL 5
#define TYPE_CALL 6
#define TYPE_CLOCK 7
#define ANSWER 0x8000
#define TYPE_ERROR 0xffff

/* Codes of TYPE_ERROR. After ERROR_FRAME the agent listens no longer. */
#define ERROR_FRAME 1
#define ERROR_TYPE 2
#define ERROR_REQUEST 3
#define ERROR_NO_HELLO 4
#define ERROR_NO_ACTOR 5
#define ERROR_QUEUE_FULL 6
#define ERROR_SPAWN 7
#define ERROR_PUT 8

/* Operations of TYPE_CALL. */
#define OP_OPEN 1
#define OP_CLOSE 2
#define OP_READ 3
#define OP_WRITE 4
#define OP_WRITE_BAD 5
#define OP_LSEEK 6
#define OP_IOCTL 7
#define OP_FCNTL 8
#define OP_POLL 9
#define OP_INSERT_MODULE 10
#define OP_DELETE_MODULE 11
#define OP_MAKE_NODE 12
#define OP_UNLINK 13
#define OP_MAKE_FOLDER 14
#define OP_STAT 15
#define OP_LIST_FOLDER 16
#define OP_READ_FILE 17
#define OP_WRITE_FILE 18
#define OP_CONSOLE_LEVEL 19
#define OP_KMSG 20
#define OP_CLOCK 21
#define OP_RUN 22
#define OP_AFFINITY 23
#define OP_NICE 24
#define OP_SIGNAL 25
#define OP_WRITE_STREAM 26
#define OP_READ_STREAM 27
#define OP_FAIL_NTH 28

/* Where the memory given to read(2) or write(2) lies. */
#define WHERE_NORMAL 0
#define WHERE_UNMAPPED 1
#define WHERE_NULL 2
#define WHERE_KERNEL 3
#define WHERE_READONLY 4
/* The start of the kernel's text on x86-64 without KASLR: mapped, and never writable. */
#define KERNEL_ADDRESS 0xffffffff81000000
/* No bad range is made longer than this; the kernel transfers at most 2 GiB in one call. */
#define MAX_BAD_RANGE 0x40000000

/* Which step of a call of several system calls its ret and errno belong to. */
#define STEP_CALL 0
#define STEP_OPEN 1
#define STEP_PREPARE 2

/* Parts of STATE that cost a file each. */
#define PART_SWITCHES 1
#define PART_WCHAN 2
#define PART_STACK 4
#define PART_SYSCALL 8

#define PUT_FIRST 1

/* Where KMSG starts to read. */
#define KMSG_CONTINUE 0
#define KMSG_OLDEST 1
#define KMSG_END 2

/* What SIGNAL makes of a signal; CATCH lets it interrupt a call, RESTART has the call go on. */
#define SIGNAL_DEFAULT 0
#define SIGNAL_IGNORE 1
#define SIGNAL_CATCH 2
#define SIGNAL_RESTART 3

/* No such number: processor in SPAWN and AFFINITY, wait status of a living actor. */
#define NONE -1
/* As a file descriptor: the one that this actor's last successful OPEN gave. */
#define LAST_FD -2

#endif
