// SPDX-License-Identifier: GPL-2.0
/* TP4 with kfifo and request_threaded_irq. */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kfifo.h>
#include <linux/kobject.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define IRQ_LINE 11

static struct kfifo fifo;	/* its own size is a power of two ... */
static unsigned int limit = 16;	/* ... so this is the one that counts */
static DEFINE_MUTEX(fifo_lock);

static DECLARE_WAIT_QUEUE_HEAD(not_empty);
static DECLARE_WAIT_QUEUE_HEAD(not_full);
static atomic_t irq_number = ATOMIC_INIT(0);

static bool came_since(int seq)
{
	return atomic_read(&irq_number) != seq;
}

static irqreturn_t fifo_irq(int irq, void *cookie)
{
	atomic_inc(&irq_number);
	return IRQ_WAKE_THREAD;
}

static irqreturn_t fifo_irq_thread(int irq, void *cookie)
{
	wake_up_interruptible_all(&not_empty);
	wake_up_interruptible_all(&not_full);
	return IRQ_HANDLED;
}

static ssize_t asee_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	int seq = atomic_read(&irq_number);
	unsigned int copied;
	int ret;

	if (count == 0)
		return 0;

	for (;;) {
		if (mutex_lock_interruptible(&fifo_lock))
			return -ERESTARTSYS;
		if (!kfifo_is_empty(&fifo))
			break;
		mutex_unlock(&fifo_lock);

		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(not_empty,
					       !kfifo_is_empty(&fifo) || came_since(seq));
		if (ret)
			return ret;
		if (came_since(seq))
			return -EIO;
	}
	ret = kfifo_to_user(&fifo, buf, count, &copied);
	mutex_unlock(&fifo_lock);

	wake_up_interruptible_all(&not_full);
	return ret ? ret : copied;
}

static ssize_t asee_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	int seq = atomic_read(&irq_number);
	unsigned int copied, room;
	size_t done = 0;
	int ret = 0;

	while (done < count) {
		ret = mutex_lock_interruptible(&fifo_lock);
		if (ret)
			break;
		room = limit - kfifo_len(&fifo);
		if (room) {
			ret = kfifo_from_user(&fifo, buf + done, min_t(size_t, room, count - done),
					      &copied);
			mutex_unlock(&fifo_lock);
			if (ret)
				break;
			done += copied;
			wake_up_interruptible_all(&not_empty);
			continue;
		}
		mutex_unlock(&fifo_lock);

		ret = -EAGAIN;
		if (file->f_flags & O_NONBLOCK)
			break;
		ret = wait_event_interruptible(not_full,
					       kfifo_len(&fifo) < limit || came_since(seq));
		if (ret)
			break;
		ret = -EIO;
		if (came_since(seq))
			break;
	}
	return done ? done : ret;
}

static const struct file_operations fifo_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
	.llseek = noop_llseek,
};

static struct miscdevice fifo_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &fifo_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", limit);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t len)
{
	struct kfifo bigger;
	unsigned int wanted;
	unsigned char c;
	int ret;

	ret = kstrtouint(buf, 10, &wanted);
	if (ret)
		return ret;
	if (wanted == 0 || wanted > 4096)
		return -EINVAL;
	ret = kfifo_alloc(&bigger, max(wanted, 2U), GFP_KERNEL);
	if (ret)
		return ret;

	mutex_lock(&fifo_lock);
	if (wanted < kfifo_len(&fifo)) {
		mutex_unlock(&fifo_lock);
		kfifo_free(&bigger);
		pr_err("asee_mod: more than %u characters are stored\n", wanted);
		return -EBUSY;
	}
	while (kfifo_get(&fifo, &c))
		kfifo_put(&bigger, c);
	swap(fifo, bigger);
	limit = wanted;
	mutex_unlock(&fifo_lock);
	kfifo_free(&bigger);

	/* Who looked while the two were exchanged should look again. */
	wake_up_interruptible_all(&not_full);
	wake_up_interruptible_all(&not_empty);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int count;

	mutex_lock(&fifo_lock);
	count = kfifo_len(&fifo);
	mutex_unlock(&fifo_lock);
	return sysfs_emit(buf, "%u\n", count);
}

static ssize_t asee_send_int_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			      size_t len)
{
	asm volatile("int $0x3B" ::: "memory");
	return len;
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct kobj_attribute int_attr = __ATTR_WO(asee_send_int);
static const struct attribute *attrs[] = {
	&size_attr.attr, &count_attr.attr, &int_attr.attr, NULL,
};
static struct kobject *kobj;

static int __init fifo_init(void)
{
	int ret;

	ret = kfifo_alloc(&fifo, 16, GFP_KERNEL);
	if (ret)
		return ret;

	ret = request_threaded_irq(IRQ_LINE, fifo_irq, fifo_irq_thread, 0, "asee_mod", &fifo_misc);
	if (ret)
		goto no_irq;

	ret = -ENOMEM;
	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj)
		goto no_kobj;

	ret = sysfs_create_files(kobj, attrs);
	if (ret)
		goto no_files;

	ret = misc_register(&fifo_misc);
	if (ret)
		goto no_files;
	return 0;

no_files:
	kobject_put(kobj);
no_kobj:
	free_irq(IRQ_LINE, &fifo_misc);
no_irq:
	kfifo_free(&fifo);
	return ret;
}

static void __exit fifo_exit(void)
{
	misc_deregister(&fifo_misc);
	kobject_put(kobj);
	free_irq(IRQ_LINE, &fifo_misc);
	kfifo_free(&fifo);
}

module_init(fifo_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TP4 with a kfifo");
