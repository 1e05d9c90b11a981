/* The kernel has a ring already: kfifo. */
#include <linux/kfifo.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

static DEFINE_KFIFO(fifo, char, 16);
static DEFINE_MUTEX(lock);
#define EOF (-1)

static ssize_t fifo_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	unsigned int copied;
	int ret;

	mutex_lock(&lock);
	ret = kfifo_to_user(&fifo, buf, count, &copied);
	mutex_unlock(&lock);
	if (ret)
		return ret;
	return copied;
}

static ssize_t fifo_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	size_t i;
	signed char c;

	mutex_lock(&lock);
	for (i = 0; i < count; i++) {
		if (get_user(c, &buf[i])) {
			mutex_unlock(&lock);
			return i ?: -EFAULT;
		}
		if (c == EOF)
			break;
		if (kfifo_is_full(&fifo))
			kfifo_skip(&fifo);	/* the oldest goes */
		kfifo_put(&fifo, c);
	}
	mutex_unlock(&lock);
	return count;
}

static const struct file_operations fifo_fops = {
	.owner = THIS_MODULE,
	.read = fifo_read,
	.write = fifo_write,
	.llseek = noop_llseek,
};

static struct miscdevice fifo_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &fifo_fops,
	.mode = 0666,
};

module_misc_device(fifo_misc);
MODULE_LICENSE("GPL");
