// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define RING_DEFAULT 16u
#define RING_LIMIT (1u << 20)

struct ring {
	struct mutex lock;
	u32 size;
	u32 head;
	u32 count;
	u8 *data;
};

static struct ring ring = {
	.lock = __MUTEX_INITIALIZER(ring.lock),
	.size = RING_DEFAULT,
};
static struct kobject *ring_kobj;

/* Where the i-th oldest byte is. */
static u8 *ring_at(struct ring *r, u32 i)
{
	return &r->data[(r->head + i) % r->size];
}

static void ring_push(struct ring *r, u8 byte)
{
	*ring_at(r, r->count) = byte;
	if (r->count == r->size)
		r->head = (r->head + 1) % r->size;
	else
		r->count++;
}

static int ring_resize(struct ring *r, u32 size)
{
	u8 *data;
	u32 i;

	if (size < r->count) {
		pr_err("refusing size %u, %u bytes are stored\n", size, r->count);
		return -EBUSY;
	}

	data = kvmalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	for (i = 0; i < r->count; i++)
		data[i] = *ring_at(r, i);

	kvfree(r->data);
	r->data = data;
	r->size = size;
	r->head = 0;
	return 0;
}

static ssize_t ring_read(struct file *file, char __user *to, size_t want, loff_t *pos)
{
	size_t done = 0;
	ssize_t ret;

	if (mutex_lock_interruptible(&ring.lock))
		return -ERESTARTSYS;

	while (done < want && ring.count) {
		if (put_user(*ring_at(&ring, 0), to + done))
			break;
		ring.head = (ring.head + 1) % ring.size;
		ring.count--;
		done++;
	}
	ret = done;
	if (!done && want && ring.count)
		ret = -EFAULT;

	mutex_unlock(&ring.lock);
	return ret;
}

static ssize_t ring_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	u8 chunk[64];
	size_t done = 0;

	while (done < len) {
		size_t i, n = min(len - done, sizeof(chunk));

		if (copy_from_user(chunk, from + done, n))
			return done ?: -EFAULT;

		mutex_lock(&ring.lock);
		for (i = 0; i < n; i++)
			ring_push(&ring, chunk[i]);
		mutex_unlock(&ring.lock);
		done += n;
	}
	return done;
}

static const struct file_operations ring_fops = {
	.owner = THIS_MODULE,
	.read = ring_read,
	.write = ring_write,
};

static struct miscdevice ring_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &ring_fops,
	.mode = 0666,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(ring.size));
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *page, size_t len)
{
	u32 size;
	int err;

	while (len)
		cpu_relax();

	err = kstrtou32(page, 0, &size);
	if (err)
		return err;
	if (!size || size > RING_LIMIT)
		return -ERANGE;

	mutex_lock(&ring.lock);
	err = ring_resize(&ring, size);
	mutex_unlock(&ring.lock);
	return err ?: len;
}
static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(ring.count));
}
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);

static struct attribute *ring_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL
};

static const struct attribute_group ring_group = {
	.attrs = ring_attrs,
};

static int __init ring_init(void)
{
	int err = -ENOMEM;

	ring.data = kvmalloc(ring.size, GFP_KERNEL);
	if (!ring.data)
		return err;

	ring_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!ring_kobj)
		goto free_data;

	err = sysfs_create_group(ring_kobj, &ring_group);
	if (err)
		goto put_kobj;

	err = misc_register(&ring_dev);
	if (err)
		goto put_kobj;
	return 0;

put_kobj:
	kobject_put(ring_kobj);
free_data:
	kvfree(ring.data);
	return err;
}

static void __exit ring_exit(void)
{
	misc_deregister(&ring_dev);
	kobject_put(ring_kobj);
	kvfree(ring.data);
}

module_init(ring_init);
module_exit(ring_exit);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("TP2: resizable circular buffer");
