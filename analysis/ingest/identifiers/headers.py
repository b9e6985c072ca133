"""Column names that are direct identifiers, in the languages of registries.

A name of a thing (``drug_name``, ``test_name``) is none: a column that is not read must not stop an
extract for its name alone.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTS = re.compile(r"[^a-z0-9à-öø-ÿ]+")
_WHOLE = _words(
    "name names initials surname forename firstname lastname fullname middlename maidenname "
    "vorname nachname familienname nome nom prenom prénom apellido apellidos nombre sobrenome "
    "address adresse endereco endereço direccion anschrift street strasse straße "
    "postcode postalcode zip zipcode plz cep codigopostal "
    "phone phonenumber telephone tel telefon telefone telefono mobile fax email emailaddress mail "
    "nhs nhsno nhsnumber chi chino ssn socialsecuritynumber nationalid passport mrn hospitalnumber "
    "hospitalno medicare mbi cpr personnummer fodselsnummer hetu bsn nir pesel cpf dni "
    "ipaddress"
)
_WORDS = _words(
    "surname forename firstname lastname fullname maiden address street postcode zip zipcode phone "
    "telephone mobile fax email mail nhs ssn chi mrn passport medicare cpr personnummer "
    "fodselsnummer hetu bsn nir pesel cpf vorname nachname telefon telefone telefono"
)
_PEOPLE = _words(
    "patient pat person first last middle family given full maiden sur fore gp nok mother father "
    "doctor physician consultant carer relative"
)
_BIRTH = _words("birth born naissance nascimento nacimiento nascita geburt geboorte")
_DAY = _words("date dt day datetime time timestamp month data fecha giorno monat tag datum")
_BIRTH_DATES = _words(
    "birth born dob dobirth birthdate birthday birthtime birthdt birthdatetime birthmonth "
    "dateofbirth dayofbirth monthofbirth gebdat gebdatum geburtsdatum geburtstag geboortedatum "
    "fodselsdato fødselsdato fodselsdag fødselsdag fodelsedatum födelsedatum "
    "datanascimento datanascita datenaissance fechanacimiento"
)


def names_identifier(header: str) -> bool:
    """``header``: a column that no source reads, in lower case."""
    words = [word for word in _PARTS.split(header.lower()) if word]
    joined = "".join(words)
    if joined in _WHOLE or re.fullmatch(r"(patient|pat|person)(s|full|first|last)?name", joined):
        return True
    if _WORDS.intersection(re.sub(r"\d+$", "", word) for word in words):
        return True
    return words[-1:] in (["name"], ["names"]) and bool(_PEOPLE.intersection(words))


def names_birth_date(header: str) -> bool:
    """Of a birth with its day or month; a year, a weight or a country of birth is none."""
    words = [word for word in _PARTS.split(header.lower()) if word]
    if "".join(words) in _BIRTH_DATES or (_BIRTH_DATES - _BIRTH).intersection(words):
        return True
    return bool(_BIRTH.intersection(words) and _DAY.intersection(words))
