// SPDX-License-Identifier: GPL-2.0
/* Reference solution of TP3: readers sleep while the channel is empty, writers while it is full. */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define MAX_SIZE 65536

static char *buffer;
static size_t size = 16;
static size_t head; /* the oldest character */
static size_t count;
/* Held for all of the above, but never while sleeping for room or for a character. */
static DEFINE_MUTEX(lock);

/* Their conditions are read without the lock, so whoever wakes up looks again with it. */
static DECLARE_WAIT_QUEUE_HEAD(not_empty);
static DECLARE_WAIT_QUEUE_HEAD(not_full);
static struct kobject *folder;

static ssize_t asee_read(struct file *file, char __user *user, size_t length, loff_t *offset)
{
	ssize_t done = 0;

	if (!length)
		return 0;
	mutex_lock(&lock);
	while (!count) {
		mutex_unlock(&lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(not_empty, READ_ONCE(count)))
			return -ERESTARTSYS;
		mutex_lock(&lock);
	}
	while (done < length && count && !put_user(buffer[head], user + done)) {
		head = (head + 1) % size;
		WRITE_ONCE(count, count - 1);
		done++;
	}
	mutex_unlock(&lock);
	wake_up_interruptible(&not_full);
	return done ?: -EFAULT;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t length, loff_t *offset)
{
	ssize_t done = 0;
	int error = 0;
	char c;

	mutex_lock(&lock);
	while (done < length && !error) {
		if (get_user(c, user + done)) {
			error = -EFAULT;
		} else if (c == '\n' && done == length - 1) {
			done++; /* the newline that echo adds is not part of the text */
		} else if (count < size) {
			buffer[(head + count) % size] = c;
			WRITE_ONCE(count, count + 1);
			done++;
		} else {
			mutex_unlock(&lock);
			wake_up_interruptible(&not_empty);
			error = file->f_flags & O_NONBLOCK ? -EAGAIN :
				wait_event_interruptible(not_full,
							 READ_ONCE(count) < READ_ONCE(size));
			mutex_lock(&lock);
		}
	}
	mutex_unlock(&lock);
	wake_up_interruptible(&not_empty);
	return done ?: error;
}

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *text)
{
	return sysfs_emit(text, "%zu\n", READ_ONCE(size));
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *text, size_t length)
{
	unsigned int wanted;
	char *fresh;
	size_t i;

	if (kstrtouint(text, 0, &wanted) || wanted < 1 || wanted > MAX_SIZE)
		return -EINVAL;
	fresh = kmalloc(wanted, GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	mutex_lock(&lock);
	if (wanted < count) {
		mutex_unlock(&lock);
		pr_err("asee_mod: %u is less than what is stored\n", wanted);
		kfree(fresh);
		return -EINVAL;
	}
	for (i = 0; i < count; i++)
		fresh[i] = buffer[(head + i) % size];
	swap(buffer, fresh);
	head = 0;
	WRITE_ONCE(size, wanted);
	mutex_unlock(&lock);
	kfree(fresh);
	wake_up_interruptible(&not_full);
	return length;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *text)
{
	return sysfs_emit(text, "%zu\n", READ_ONCE(count));
}

static struct kobj_attribute size_attribute = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attribute = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attrs[] = { &size_attribute.attr, &count_attribute.attr, NULL };
ATTRIBUTE_GROUPS(asee);

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};
static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR, .name = "asee_mod", .fops = &asee_fops,
};

static int __init asee_init(void)
{
	int error = -ENOMEM;

	buffer = kmalloc(size, GFP_KERNEL);
	folder = kobject_create_and_add("asee_mod", kernel_kobj);
	if (buffer && folder)
		error = sysfs_create_groups(folder, asee_groups) ?: misc_register(&device);
	if (error) {
		kobject_put(folder);
		kfree(buffer);
	}
	return error;
}

static void __exit asee_exit(void)
{
	misc_deregister(&device);
	kobject_put(folder);
	kfree(buffer);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
