#ifndef ASEE_H
#define ASEE_H

#include <linux/mutex.h>
#include <linux/types.h>

#define ASEE_NAME "asee_mod"
#define ASEE_DEFAULT_SIZE 16
#define ASEE_MAX_SIZE 20000

/*
 * Two positions. One slot always stays free, so that in == out can only mean empty: there are
 * size + 1 slots.
 */
struct asee_buffer {
	struct mutex lock;
	char *slots;
	int size;
	int in, out;
};

extern struct asee_buffer asee;

int asee_count(const struct asee_buffer *b);
void asee_put(struct asee_buffer *b, char c);
char asee_get(struct asee_buffer *b);
int asee_resize(struct asee_buffer *b, int size);

int asee_sysfs_register(void);
void asee_sysfs_unregister(void);

#endif
