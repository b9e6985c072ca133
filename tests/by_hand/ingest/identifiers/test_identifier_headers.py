"""Names of columns: those of direct identifiers, and those of things."""

from __future__ import annotations

import pytest

from analysis.ingest.identifiers.headers import names_identifier

OF_PEOPLE = (
    "name,patient_name,PatientName,pat name,first name,last_name,surname,middle_name,initials,"
    "gp_name,nok_name,nhs_number,NHSNo,chi_no,ssn,ssn4,SocialSecurityNumber,social security number,"
    "mrn,hospital_number,email,EmailAddress,phone_number,mobile_no,tel,telefone,fax,address,"
    "address_line_1,address1,street1,postcode,postal_code,post_code,zip,zip_code,plz,cep,cpf,"
    "nachname,vorname,nome,apellido,prénom,ip_address,medicare_no,cpr,"
    "personnummer,patient_bsn,home_phone,fax_no"
)
OF_THINGS = (
    "drug_name,test_name,unit_name,file_name,centre_name,center_name,facility_name,county_name,"
    "generic_name,product_name,concept_name,remark,batch,comment,tel_quel_assay,patient_id,"
    "nirvana,drug,date,centre_id,mailing"
)


@pytest.mark.parametrize("header", OF_PEOPLE.split(","))
def test_a_name_of_an_identifier(header: str) -> None:
    assert names_identifier(header)


@pytest.mark.parametrize("header", OF_THINGS.split(","))
def test_a_name_of_a_thing(header: str) -> None:
    assert not names_identifier(header)
