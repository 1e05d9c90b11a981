// SPDX-License-Identifier: GPL-2.0
/* ASEE, TP3. wait_event() tout court : le plus simple, mais Ctrl-C ne marche pas. */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct canal {
	char *donnees;
	int taille;
	int tete;	/* prochain a lire */
	int queue;	/* prochain a ecrire */
	int nombre;
};

static struct canal canal = { .taille = 16 };
static struct mutex mutex_canal;
static wait_queue_head_t attente_lecture;
static wait_queue_head_t attente_ecriture;

static ssize_t canal_read(struct file *fichier, char __user *dest, size_t n, loff_t *pos)
{
	char morceau[50];
	int lus = 0;

	if (n == 0)
		return 0;

	while (lus == 0) {
		wait_event(attente_lecture, canal.nombre > 0);
		mutex_lock(&mutex_canal);
		while (canal.nombre > 0 && lus < n && lus < (int)sizeof(morceau)) {
			morceau[lus++] = canal.donnees[canal.tete];
			if (++canal.tete == canal.taille)
				canal.tete = 0;
			canal.nombre--;
		}
		mutex_unlock(&mutex_canal);
	}
	/* la place est libre meme si la copie echoue */
	wake_up(&attente_ecriture);

	if (copy_to_user(dest, morceau, lus))
		return -EFAULT;
	return lus;
}

static ssize_t canal_write(struct file *fichier, const char __user *src, size_t n, loff_t *pos)
{
	size_t ecrits = 0;
	size_t a_ecrire = n;
	char c;

	/* echo ajoute un retour a la ligne : on ne le stocke pas */
	if (n > 0) {
		if (get_user(c, src + n - 1))
			return -EFAULT;
		if (c == '\n')
			a_ecrire = n - 1;
	}

	/* on attend une place, puis on met ce qui tient : l'appelant ecrira le reste */
	while (ecrits == 0 && a_ecrire > 0) {
		wait_event(attente_ecriture, canal.nombre < canal.taille);
		mutex_lock(&mutex_canal);
		while (ecrits < a_ecrire && canal.nombre < canal.taille) {
			if (get_user(c, src + ecrits)) {
				mutex_unlock(&mutex_canal);
				wake_up(&attente_lecture);
				return ecrits ? ecrits : -EFAULT;
			}
			canal.donnees[canal.queue] = c;
			if (++canal.queue == canal.taille)
				canal.queue = 0;
			canal.nombre++;
			ecrits++;
		}
		mutex_unlock(&mutex_canal);
		wake_up(&attente_lecture);
	}
	return ecrits == a_ecrire ? n : ecrits;
}

static const struct file_operations canal_fops = {
	.owner = THIS_MODULE,
	.read = canal_read,
	.write = canal_write,
};

static struct miscdevice canal_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &canal_fops,
};

static ssize_t taille_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int t;

	mutex_lock(&mutex_canal);
	t = canal.taille;
	mutex_unlock(&mutex_canal);
	return sprintf(buf, "%d\n", t);
}

static ssize_t taille_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	int t, i, err;
	char *d;

	err = kstrtoint(buf, 10, &t);
	if (err < 0)
		return err;
	if (t < 1 || t > 4096) {
		pr_err("asee_mod : taille %d refusee\n", t);
		return -EINVAL;
	}

	mutex_lock(&mutex_canal);
	if (t < canal.nombre) {
		pr_err("asee_mod : il y a deja %d caracteres\n", canal.nombre);
		err = -EINVAL;
		goto fin;
	}
	d = kzalloc(t, GFP_KERNEL);
	if (d == NULL) {
		err = -ENOMEM;
		goto fin;
	}
	for (i = 0; i < canal.nombre; i++)
		d[i] = canal.donnees[(canal.tete + i) % canal.taille];
	kfree(canal.donnees);
	canal.donnees = d;
	canal.taille = t;
	canal.tete = 0;
	canal.queue = canal.nombre % t;
	err = count;
fin:
	mutex_unlock(&mutex_canal);
	wake_up(&attente_ecriture);
	return err;
}

static ssize_t nombre_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int n;

	mutex_lock(&mutex_canal);
	n = canal.nombre;
	mutex_unlock(&mutex_canal);
	return sprintf(buf, "%d\n", n);
}

static struct kobj_attribute attr_taille = __ATTR(asee_buf_size, 0644, taille_show, taille_store);
static struct kobj_attribute attr_nombre = __ATTR(asee_buf_count, 0444, nombre_show, NULL);
static struct kobject *kobj_canal;

static int __init canal_init(void)
{
	int err;

	mutex_init(&mutex_canal);
	init_waitqueue_head(&attente_lecture);
	init_waitqueue_head(&attente_ecriture);

	canal.donnees = kzalloc(canal.taille, GFP_KERNEL);
	if (!canal.donnees)
		return -ENOMEM;
	kobj_canal = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj_canal) {
		err = -ENOMEM;
		goto libere;
	}
	err = sysfs_create_file(kobj_canal, &attr_taille.attr);
	if (err)
		goto enleve;
	err = sysfs_create_file(kobj_canal, &attr_nombre.attr);
	if (err)
		goto enleve;
	err = misc_register(&canal_misc);
	if (err)
		goto enleve;
	return 0;

enleve:
	kobject_put(kobj_canal);
libere:
	kfree(canal.donnees);
	return err;
}

static void __exit canal_exit(void)
{
	misc_deregister(&canal_misc);
	kobject_put(kobj_canal);
	kfree(canal.donnees);
}

module_init(canal_init);
module_exit(canal_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("M2 Info");
