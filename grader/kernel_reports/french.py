"""Titles of reports in French, where the words are ours (:mod:`.formats`).

What is the kernel's own stays as the kernel says it, so that it can be searched for: ``KASAN:
slab-out-of-bounds``, ``possible circular locking``, a WARN()'s message.
"""

from __future__ import annotations

import re

from grader.texts import Text

#: From the beginning of the title; what follows it is kept, but for "in" before a function.
_OURS = (
    (r"NULL pointer dereference", "déréférencement d'un pointeur NULL"),
    (r"bad memory access \(page fault\)", "accès mémoire invalide (défaut de page)"),
    (r"kernel stack overflow", "débordement de la pile du noyau"),
    (r"corrupted page table", "table de pages corrompue"),
    (
        r"lock used without being initialised",
        "verrou utilisé sans avoir été initialisé",
    ),
    (
        r"work function returned with a lock held or in atomic context",
        "une fonction de travail est revenue avec un verrou ou en contexte atomique",
    ),
    (r"lock key not registered", "clé de verrou non enregistrée"),
    (r"scheduling from the idle thread", "ordonnancement depuis la tâche inactive"),
    (r"task blocked for more than (\d+) seconds", r"tâche bloquée depuis plus de \1 secondes"),
    (r"processor stuck", "processeur figé"),
    (r"memory leak: (\d+) bytes", r"fuite de mémoire : \1 octets"),
    (
        r"(irq \d+): handler returned the bogus value",
        r"\1 : le gestionnaire a renvoyé la valeur incorrecte",
    ),
    (r"flags mismatch on (irq \d+)", r"indicateurs incompatibles sur \1"),
    (r"kernel BUG at ", "BUG du noyau à "),
)
_IN = re.compile(r" in (?:a call from )?(?=[\w.$]+$)")


def title_in_both(title: str) -> Text:
    for pattern, words in _OURS:
        french, found = re.subn(rf"\A{pattern}", words, title)
        if found:
            return Text(title, _IN.sub(" dans ", french))
    return Text(title, title)
