#include <linux/list.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define MAX_CHARS 16

struct node {
	struct list_head list;
	char c;
};

static LIST_HEAD(chars);
static int how_many;
static DEFINE_MUTEX(chars_lock);

static void drop_first(void)
{
	struct node *node = list_first_entry(&chars, struct node, list);

	list_del(&node->list);
	kfree(node);
	how_many--;
}

static ssize_t list_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	ssize_t n = 0;

	mutex_lock(&chars_lock);
	while (n < len && !list_empty(&chars)) {
		if (put_user(list_first_entry(&chars, struct node, list)->c, buf + n)) {
			n = -EFAULT;
			break;
		}
		drop_first();
		n++;
	}
	mutex_unlock(&chars_lock);
	return n;
}

static ssize_t list_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	ssize_t n;

	mutex_lock(&chars_lock);
	for (n = 0; n < len; n++) {
		struct node *node = kmalloc(sizeof(*node), GFP_KERNEL);

		if (!node) {
			n = n ? n : -ENOMEM;
			break;
		}
		if (get_user(node->c, buf + n)) {
			kfree(node);
			n = n ? n : -EFAULT;
			break;
		}
		list_add_tail(&node->list, &chars);
		if (++how_many > MAX_CHARS)
			drop_first();
	}
	mutex_unlock(&chars_lock);
	return n;
}

static const struct file_operations list_fops = {
	.owner = THIS_MODULE,
	.read = list_read,
	.write = list_write,
};

static struct miscdevice list_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &list_fops,
};

static int __init list_mod_init(void)
{
	return misc_register(&list_dev);
}

static void __exit list_mod_exit(void)
{
	misc_deregister(&list_dev);
	while (!list_empty(&chars))
		drop_first();
}

module_init(list_mod_init);
module_exit(list_mod_exit);
MODULE_LICENSE("GPL");
