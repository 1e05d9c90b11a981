/* TP3, repris du TP1 */
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP3");

#define NOM "asee_mod"
#define BUF 16

static DEFINE_MUTEX(mtx);
static DECLARE_WAIT_QUEUE_HEAD(w_lecteurs);   /* lecteurs qui attendent un caractere */
static DECLARE_WAIT_QUEUE_HEAD(w_ecrivains);  /* ecrivains qui attendent une place */

static char buf[BUF];
static unsigned nbuf;
static unsigned pos_r;

static int maj;
static struct class *cl;

/*
 * Dort jusqu'a un reveil. Appele avec le mutex, rend la main avec le mutex.
 * L'etat est change AVANT de lacher le mutex : un reveil qui arrive entre les deux
 * nous remet en TASK_RUNNING et schedule() revient tout de suite.
 */
static int sommeil(wait_queue_head_t *q)
{
	DECLARE_WAITQUEUE(noeud, current);

	add_wait_queue(q, &noeud);
	set_current_state(TASK_INTERRUPTIBLE);
	mutex_unlock(&mtx);
	schedule();
	remove_wait_queue(q, &noeud);
	mutex_lock(&mtx);
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

static ssize_t r_op(struct file *f, char __user *u, size_t len, loff_t *off)
{
	size_t n = 0;
	int err = 0;

	mutex_lock(&mtx);
	while (len && !nbuf) {
		err = sommeil(&w_lecteurs);
		if (err)
			goto fini;
	}
	while (n < len && nbuf) {
		if (put_user(buf[pos_r], u + n)) {
			err = -EFAULT;
			break;
		}
		pos_r = (pos_r + 1) % BUF;
		nbuf--;
		n++;
	}
	wake_up_interruptible(&w_ecrivains);
fini:
	mutex_unlock(&mtx);
	return n ? n : err;
}

static ssize_t w_op(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	size_t n = 0;
	int err = 0;
	char c;

	mutex_lock(&mtx);
	while (n < len) {
		if (nbuf == BUF) {
			err = sommeil(&w_ecrivains);
			if (err)
				break;
			continue;
		}
		if (get_user(c, u + n)) {
			err = -EFAULT;
			break;
		}
		buf[(pos_r + nbuf) % BUF] = c;
		nbuf++;
		n++;
		wake_up_interruptible(&w_lecteurs);
	}
	mutex_unlock(&mtx);
	return n ? n : err;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = r_op,
	.write = w_op,
};

static int __init m_init(void)
{
	maj = register_chrdev(0, NOM, &fops);
	if (maj < 0)
		return maj;
	cl = class_create(NOM);
	device_create(cl, NULL, MKDEV(maj, 0), NULL, NOM);
	return 0;
}

static void __exit m_exit(void)
{
	device_destroy(cl, MKDEV(maj, 0));
	class_destroy(cl);
	unregister_chrdev(maj, NOM);
}

module_init(m_init);
module_exit(m_exit);
