/* Calls that open a file or folder, use it and close it again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"

/* A record of /dev/kmsg is not longer: 2048 bytes in 6.12 (PRINTK_MESSAGE_MAX), 8192 before
 * (CONSOLE_EXT_LOG_MAX, kernel/printk/internal.h). */
#define KMSG_RECORD 8192

static int open_for(const char *path, int flags, struct outcome *outcome)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0) {
		took(outcome, -1);
		outcome->step = STEP_OPEN;
	}
	return fd;
}

void read_file(const struct call *call, struct outcome *outcome)
{
	int fd = open_for(call->path, O_RDONLY, outcome);
	ssize_t got = 1;

	if (fd < 0)
		return;
	if (call->argument != 0 && lseek(fd, (off_t)call->argument, SEEK_SET) < 0) {
		took(outcome, -1);
		outcome->step = STEP_PREPARE;
		close(fd);
		return;
	}
	while (outcome->length < call->cap && got > 0) {
		got = read(fd, outcome->data + outcome->length, call->cap - outcome->length);
		if (got > 0)
			outcome->length += (uint32_t)got;
	}
	took(outcome, got < 0 ? got : (long)outcome->length);
	close(fd);
}

void write_file(const struct call *call, struct outcome *outcome)
{
	int fd = open_for(call->path, O_WRONLY, outcome);

	if (fd < 0)
		return;
	arm_failure(call);
	took(outcome, write(fd, call->data.bytes, call->data.length));
	disarm_failure(call, outcome);
	close(fd);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Appends u8 type, u16 length, name; false when there is no room. */
static bool append_entry(struct outcome *outcome, const struct dirent64 *entry)
{
	uint16_t length = (uint16_t)strlen(entry->d_name);
	uint8_t *at = outcome->data + outcome->length;

	if (MAX_DATA - outcome->length < 3u + length)
		return false;
	at[0] = entry->d_type;
	memcpy(at + 1, &length, sizeof(length));
	memcpy(at + 3, entry->d_name, length);
	outcome->length += 3u + length;
	return true;
}

/* data: u8 "cut off here", entries. */
void list_folder(const struct call *call, struct outcome *outcome)
{
	/* getdents64 wants its records aligned as the kernel's struct. */
	static uint64_t aligned[4096];
	char *records = (char *)aligned;
	int fd = open_for(call->path, O_RDONLY | O_DIRECTORY, outcome);
	uint32_t entries = 0;
	bool room = true;
	long got = 0;

	if (fd < 0)
		return;
	outcome->length = 1;
	while (room && (got = syscall(SYS_getdents64, fd, records, sizeof(aligned))) > 0) {
		for (long at = 0; room && at < got;) {
			struct dirent64 *entry = (struct dirent64 *)(records + at);

			at += entry->d_reclen;
			if (is_dots(entry->d_name))
				continue;
			room = entries < call->cap && append_entry(outcome, entry);
			entries += room;
		}
	}
	took(outcome, got < 0 ? got : (long)entries);
	outcome->data[0] = room ? 0 : 1;
	close(fd);
}

/* Stays open between calls: reading goes on where it stopped. */
static int kmsg = -1;

/* data: u8 "there may be more", records as u16 length and bytes. */
void read_kmsg(const struct call *call, struct outcome *outcome)
{
	static char record[KMSG_RECORD];
	uint32_t records = 0;
	ssize_t got = 0;

	if (kmsg < 0)
		kmsg = open_for("/dev/kmsg", O_RDONLY | O_NONBLOCK, outcome);
	if (kmsg < 0)
		return;
	outcome->length = 1;
	outcome->data[0] = 0;
	if (call->where == KMSG_OLDEST)
		lseek(kmsg, 0, SEEK_SET);
	if (call->where == KMSG_END) {
		took(outcome, lseek(kmsg, 0, SEEK_END));
		return;
	}
	for (;;) {
		uint16_t length;

		if (call->cap < outcome->length + sizeof(length) + KMSG_RECORD) {
			outcome->data[0] = 1;
			break;
		}
		got = read(kmsg, record, sizeof(record) - 1);
		/* EPIPE: records were overwritten before we came; the next read goes on. */
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			break;
		/* "priority,sequence,microseconds,flags;text" (Documentation/ABI/testing/dev-kmsg) */
		record[got] = '\0';
		const char *comma = strchr(record, ',');

		if (comma != NULL && strtoull(comma + 1, NULL, 10) < call->argument)
			continue;
		length = (uint16_t)got;
		memcpy(outcome->data + outcome->length, &length, sizeof(length));
		memcpy(outcome->data + outcome->length + sizeof(length), record, length);
		outcome->length += (uint32_t)sizeof(length) + length;
		records++;
	}
	took(outcome, got < 0 && errno != EAGAIN ? got : (long)records);
}
