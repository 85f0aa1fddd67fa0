"""Words that tell something sensitive of everybody on a list, context by context and language by language.

Entries have commas between them, and are read as `scanner.detector.contexts` reads the text: without case and accents,
with ae, oe, ue for the German umlauts, and with an apostrophe or hyphen as a blank. `stem*` begins a word, `*stem` ends
one, `*stem*` stands anywhere in one. A language lists only what no language above it covers.
"""

from __future__ import annotations

from typing import Final

CONTEXT_WORDS: Final = {
    "health": {
        "English": """
            patients, outpatient*, inpatient*, dear patient, patient group*, patient association*, patient organi*,
            patient list*, patient record*, patient data, patient panel*, patient survey*, patient newsletter*,
            patient council*, patient forum*, patient meeting*, hiv, cancer, cancers, tumor*, tumour*, chemotherap*,
            oncolog*, epilep*, diabet*, dementia, alzheimer*, parkinson's, autis*, adhd, psychiatr*, psychotherap*,
            therapy group*, mental health, illness*, disease*, eating disorder*, bipolar disorder*, multiple sclerosis,
            transplant*, dialysis, pregnant, pregnancy, fertility, miscarriage*, menopaus*, hepatitis, addiction*,
            alcoholics, hospice*, disabilities, disabled people, vaccination*, clinic, clinics, medical record*,
            medical appointment*, your test results, lab results, blood donor*, organ donor*, sick leave,
            self-help group*, people living with
        """,
        "German": """
            *patienten, *patientin*, lieber patient, brustkrebs*, krebskrank*, krebserkrank*, leben mit krebs,
            *erkrankung*, chronisch krank*, demenz*, depressionen, psychische*, selbsthilfegruppe*, selbsthilfe,
            ihre befunde, ihr befund, laborwerte, blutwerte, schwanger*, kinderwunsch*, *klinik, *kliniken,
            schwerbehindert*, mit behinderung*, suchtberatung*,
            suchthilfe*, suchtkrank*, impfung*, impftermin*, krankmeldung*, arzttermin*, blutspende*, organspende*,
            dialyse*, krankenakte*
        """,
        "French": """
            patiente, patientes, malade, malades, maladie, maladies, séropositi*, vih, sida, tumeur*, démence,
            handicapé*, situation de handicap, santé mentale, grossesse*, femmes enceintes, don d'organe*, don du sang,
            clinique, cliniques, résultats d'analyses, bilan sanguin, alcoolique*, dossier* médica*,
            rendez-vous médica*, groupe* de parole
        """,
        "Spanish": """
            pacientes, estimado paciente, enfermedad*, enfermos, enfermas, demencia, salud mental, psiquiatr*,
            psicoterap*, embarazo, embarazos, embarazada*, fertilidad, trasplant*, diálisis, discapacidad*,
            discapacitad*, clínica, clínicas, adicción, adicciones, alcohólicos, vacunación, cita* médica*,
            donante* de sangre, donante* de órgano*, análisis clínicos, análisis de sangre
        """,
        "Italian": """
            pazienti, gentile paziente, malatti*, malato, malati, malate, cancro, epiless*, demenza, salute mentale,
            psichiatr*, gravidanza, gravidanze, trapiant*, dialisi, disabilità, disabili, cliniche, alcolisti,
            vaccinazion*, cartell* clinic*, sieropositiv*, donator* di sangue, referti,
            esami del sangue, analisi del sangue
        """,
        "Dutch": """
            beste patiënt, ziekte, ziekten, ziektes, kanker*, dementie, geestelijke gezondheid*, zwanger*,
            vruchtbaarheid*, gehandicapt*, met een handicap, kliniek, klinieken, polikliniek*, verslaving*, vaccinatie*,
            bloeddonor*, orgaandonor*, lotgenoten*, bloedonderzoek*, zelfhulpgroep*, medisch* dossier*
        """,
        "Polish": """
            pacjen*, chorob*, chory, chorych, chorzy, nowotw*, rak piersi, rakiem, cukrzyc*, padaczk*, demencj*,
            depresj*, zdrowi* psychiczn*, psychoterap*, ciąża, ciąży, ciążę, niepłodnoś*, przeszczep*, dializ*,
            niepełnospraw*, klinik*, poradnia, uzależnień, szczepie*, krwiodaw*, grup* wsparcia, wyniki badań
        """,
        "Portuguese": """
            doente, doentes, doença*, demência, saúde mental, gravidez, grávida*, fertilidade, diálise,
            pessoas com deficiência, alcoólicos, vacinação, dador* de sangue, doador* de sangue, consulta* médica*,
            análises clínicas, suas análises
        """,
    },
    "children": {
        "English": """
            child, children, childcare, childminder*, schoolchild*, parents, dear parent, parent-teacher,
            parent council*, pupil, pupils, school trip*, nursery school*, preschool*, kindergarten*, daycare, day care,
            playgroup*, youth camp*, youth club*, youth group*, youth team*, kids camp*, your kids
        """,
        "German": """
            kinder*, *kinder, *kindern, ihr kind, ihres kindes, ihrem kind, eltern*, *eltern, schüler*, schulklasse*,
            klassenfahrt*, kita, kitas, jugendlager*, jugendgruppe*, jugendmannschaft*, ferienlager*, minderjährige*
        """,
        "French": """
            enfant, enfants, nos élèves, vos élèves, les élèves, des élèves, sortie* scolaire*, voyage* scolaire*,
            classe* verte*, crèche, crèches, maternelle, maternelles, garderie*, périscolaire*, colonie* de vacances
        """,
        "Spanish": """
            niños, niñas, su hijo, su hija, sus hijos, vuestros hijos, alumnos, alumnas, alumnado, padres de alumnos,
            padres y madres, madres y padres, reunión de padres, queridos padres, excursión escolar, guardería*,
            campamento infantil, campamento de verano, educación infantil, menores de edad
        """,
        "Italian": """
            bambin*, vostro figlio, vostra figlia, vostri figli, suo figlio, sua figlia, genitori, alunn*,
            gita scolastica, gite scolastiche, asilo nido, scuola materna, scuola dell'infanzia, minorenni
        """,
        "Dutch": """
            uw kind, je kind, ouders, ouderavond*, ouderraad*, pleegouder*, leerling*, schoolreis*, peuter*, kleuter*,
            basisschool*, buitenschoolse opvang, minderjarige*, jeugdteam*, jeugdkamp*
        """,
        "Polish": """
            dzieci*, dzieck*, rodzice, rodziców, rodzicom, uczniowie, uczniów, przedszkol*, żłobek, żłobk*,
            wycieczk* szkoln*, kolonie letnie, nieletni*, małoletni*
        """,
        "Portuguese": """
            criança*, seu filho, sua filha, seus filhos, os filhos, alunos, alunas, encarregados de educação,
            pais e mães, caros pais, queridos pais, reunião de pais, infantário*, jardim de infância, creche*,
            menores de idade
        """,
    },
    "union": {
        "English": """
            trade union*, trades union*, labor union*, labour union*, union member*, union meeting*, union dues,
            union rep, union reps, union representative*, union steward*, union ballot*, unioniz*, unionis*,
            shop steward*, works council*, strike ballot*, industrial action, collective bargaining
        """,
        "German": """
            gewerkschaft*, *gewerkschaft, *gewerkschaften, betriebsrat*, betriebsrät*, personalrat*, personalrät*,
            ver.di
        """,
        "French": "syndicat, syndicats, syndical, syndicale*, syndicaux, syndiqu*, comité d'entreprise",
        "Spanish": "sindicato*, sindical*, comité* de empresa",
        "Italian": "sindacato, sindacati, sindacal*",
        "Dutch": "vakbond*, vakvereniging*, vakbeweging*, ondernemingsra*",
        "Polish": "związek zawodow*, związk* zawodow*, związków zawodow*, związkowc*",
        "Portuguese": "comissão de trabalhadores, comissões de trabalhadores",
    },
    "shelter": {
        "English": """
            women's shelter*, womens shelter*, shelter resident*, homeless*, refuge, refugee*, asylum,
            domestic violence, domestic abuse, family violence, sexual violence, sexual abuse, sexual assault*,
            violence against, rape crisis, safe house*, witness protection, protected witness*, restraining order*,
            stalking, human trafficking
        """,
        "German": """
            frauenhaus*, frauenhäuser*, häusliche gewalt, häuslicher gewalt, gewaltschutz*, flüchtling*, geflüchtete*,
            asyl, asylbewerb*, asylsuch*, zeugenschutz*, obdachlos*, schutzwohnung*
        """,
        "French": """
            violence* conjugale*, violences faites, violence* sexuelle*, violence* domestique*, femmes battues,
            hébergement d'urgence, réfugié*, demandeur* d'asile, droit d'asile, sans-abri, protection des témoins
        """,
        "Spanish": """
            violencia de género, violencia doméstica, violencia machista, violencia sexual, casa* de acogida,
            mujeres maltratadas, refugiad*, solicitante* de asilo, personas sin hogar, testigo* protegido*
        """,
        "Italian": """
            violenza domestica, violenza di genere, violenza sulle donne, violenza sessuale, casa rifugio, case rifugio,
            antiviolenza, rifugiat*, richiedent* asilo, senzatetto, testimoni di giustizia
        """,
        "Dutch": """
            huiselijk geweld, seksueel geweld, vrouwenopvang*, vluchteling*, asielzoeker*, dakloze*, getuigenbescherm*
        """,
        "Polish": """
            przemoc* domow*, przemoc* w rodzinie, przemoc* seksualn*, uchodźc*, azyl, azylu, bezdomn*,
            dom* samotnej matki, świad* koronn*
        """,
        "Portuguese": """
            violência doméstica, violência de gênero, violência sexual, casa abrigo, casas abrigo, requerente* de asilo,
            sem-abrigo, proteção de testemunhas
        """,
    },
    "religion": {
        "English": """
            church, churches, parish*, congregation*, mosque*, synagogue*, diocese*, prayer group*, prayer meeting*,
            prayer request*, bible study, worship*, jewish, muslim*, catholi*, christians, baptism*, baptist*, rabbi,
            rabbis, quran, koran, pilgrimage*
        """,
        "German": """
            kirche, kirchen, kirchengemeinde*, kirchlich*, pfarrgemeinde*, pfarrei*, gottesdienst*, gemeindebrief*,
            moschee*, synagoge*, bibelkreis*, bibelstunde*, gebetskreis*, konfirmand*, konfirmation*, erstkommunion*,
            katholi*, jüdisch*
        """,
        "French": """
            église*, paroiss*, mosquée*, groupe* de prière, diocès*, catéch*, juif, juifs, juive, juives, musulman*,
            pèlerinage*, baptême*
        """,
        "Spanish": """
            iglesia*, parroqui*, mezquita*, sinagoga*, diócesis, catequesis, grupo* de oración, católic*,
            judíos, judías, peregrinación*, bautismo*, cofradía*
        """,
        "Italian": """
            chiesa, parrocchi*, moschea, moschee, diocesi, catechi*, cattolic*, ebrei, ebraic*, pellegrinaggi*,
            battesimo, gruppo di preghiera
        """,
        "Dutch": """
            kerk, kerken, kerkdienst*, kerkelijk*, parochi*, moskee*, bijbelstudie*, gebedsgroep*, moslim*, joodse,
            bedevaart*
        """,
        "Polish": """
            kościół, kościoł*, kościel*, parafia, parafii, parafian*, modlitw*, meczet*, synagog*, diecezj*, katoli*,
            pielgrzym*, muzułman*, żydowsk*
        """,
        "Portuguese": """
            igreja*, paróqui*, catequese, grupo* de oração, muçulman*, judeus, peregrinaç*, batismo*, batizado*
        """,
    },
    "sexual life": {
        "English": """
            lgbt*, gay, gays, lesbian*, bisexual*, transgender*, transsexual*, queer, homosexual*, sexual orientation,
            sexual health, gender identity, gender dysphoria, gender reassignment, sex life, sex shop*, sex toy*,
            sex worker*, erotic*, swinger*, adult shop*
        """,
        "German": """
            schwule*, lesben*, lesbisch*, bisexuell*, transident*, transgeschlecht*, homosexuell*,
            sexuelle orientierung, sexuelle gesundheit, erotik*, erotisch*, sexshop*, sexarbeit*
        """,
        "French": """
            homosexuel*, lesbienne*, bisexuel*, transgenre*, orientation sexuelle, santé sexuelle, érotique*,
            travailleu* du sexe
        """,
        "Spanish": "transexual*, transgénero*, orientación sexual, salud sexual, identidad de género",
        "Italian": """
            omosessual*, lesbic*, bisessual*, transessual*, orientamento sessuale, salute sessuale, identità di genere
        """,
        "Dutch": """
            homoseksue*, biseksue*, transseksue*, seksuele geaardheid, seksuele gezondheid, genderidentiteit*, sekswerk*
        """,
        "Polish": """
            homoseksual*, lesbijk*, biseksual*, transpłciow*, transseksual*, orientacj* seksualn*, zdrowi* seksualn*,
            erotyczn*
        """,
        "Portuguese": """
            homossexua*, lésbic*, bissexua*, transexua*, orientação sexual, saúde sexual, identidade de género,
            identidade de gênero
        """,
    },
    "applications": {
        "English": """
            applicant, applicants, job application*, your application, application for employment,
            application for the position, job interview*, invitation to interview, unsuccessful candidate*,
            dear candidate*, rejection letter*, job seeker*, jobseeker*, your candidacy
        """,
        "German": "bewerber*, bewerbung*, vorstellungsgespräch*, stellensuchend*, arbeitssuchend*",
        "French": "candidature*, entretien* d'embauche, demandeur* d'emploi, candidats retenus, candidats non retenus",
        "Spanish": """
            candidatura*, solicitud* de empleo, entrevista* de trabajo, demandante* de empleo, proceso* de selección
        """,
        "Italian": "candidatur*, colloqui* di lavoro, selezione del personale, domanda di assunzione",
        "Dutch": "sollicitant*, sollicitati*, werkzoekende*",
        "Polish": """
            kandydat* do pracy, rekrutac*, rozmow* kwalifikacyjn*, podani* o pracę, poszukując* pracy
        """,
        "Portuguese": """
            entrevista* de emprego, processo* seletivo*, processo* de recrutamento, candidatos a emprego
        """,
    },
    "debt": {
        "English": """
            arrears, list of debtors, debt collect*, debt advice, debt counsel*, debt relief, debt repayment*,
            your debt*, outstanding debt*, overdue payment*, overdue account*, overdue balance*, overdue rent,
            overdue invoice*, payment reminder*, final reminder, repossession*, eviction*, personal bankruptcy,
            garnishment*
        """,
        "German": """
            schuldner*, schulden*, mahnung*, mahnbescheid*, zahlungserinnerung*, zahlungsrückst*, mietrückst*, inkasso*,
            privatinsolvenz*, verbraucherinsolvenz*, pfändung*, zwangsvollstreck*, zwangsräum*, überschuldet*
        """,
        "French": """
            impayé*, relance* de paiement, rappel* de paiement, votre dette, dettes, surendett*,
            recouvrement de créances, saisie sur salaire, mise* en demeure, expulsion locative
        """,
        "Spanish": """
            deuda*, morosos, morosidad, impago*, impagad*, recordatorio* de pago, desahucio*, embargo de nómina
        """,
        "Italian": """
            debitor*, suo debito, vostro debito, morosi, morosità, sollecit* di pagamento, pignorament*, sovraindebit*,
            recupero crediti, sfratto, sfratti
        """,
        "Dutch": """
            schuldenaar*, schuldhulp*, schuldsaner*, betalingsachterstand*, huurachterstand*, betalingsherinnering*,
            aanmaning*, incassobureau*, loonbeslag*, wanbetal*, deurwaarder*
        """,
        "Polish": """
            zadłuże*, zadłużon*, dłużni*, zaległoś*, zaległ* płatnoś*, wezwani* do zapłaty, przypomnieni* o płatności,
            windykac*, komornik*, eksmisj*, upadłoś* konsumenck*
        """,
        "Portuguese": """
            dívida*, devedor*, inadimplen*, lembrete* de pagamento, pagamento* em atraso, penhora*, ordem de despejo,
            sobre-endivid*, sobreendivid*
        """,
    },
    "testimony": {
        "English": """
            victim, victims, survivors, whistleblow*, whistle-blow*, complainant*, your testimony, your complaint,
            witness statement*, abuse inquir*, abuse enquir*, independent inquiry, redress scheme*
        """,
        "German": """
            opfer, opfern, opferhilfe*, opferschutz*, *opfer, *opfern, zeuge, zeugen, zeugin*, zeugenaussage*,
            hinweisgeber*, strafanzeige*, beschwerdeführer*, sexuelle* missbrauch*, nebenkläger*
        """,
        "French": """
            victime*, votre témoignage, plaignant*, lanceu* d'alerte, dépôt de plainte, votre plainte, abus sexuels,
            commission d'enquête
        """,
        "Spanish": """
            víctima*, denunciante*, su denuncia, su testimonio, superviviente*, abusos sexuales,
            comisión de investigación
        """,
        "Italian": """
            vittim*, denuncianti, sua denuncia, sua testimonianza, sopravvissut*, abusi sessuali, parti offese,
            commissione d'inchiesta
        """,
        "Dutch": """
            slachtoffer*, *slachtoffers, klokkenluider*, getuigenis*, getuigenverklar*, seksueel misbruik,
            onderzoekscommissie*
        """,
        "Polish": """
            ofiara, ofiary, ofiar, ofiarom, pokrzywdzon*, sygnalist*, zeznani* świad*, ocalał*, komisj* śledcz*
        """,
        "Portuguese": """
            vítima*, sobrevivente*, sua denúncia, seu testemunho, queixosos, abusos sexuais, comissão de inquérito
        """,
    },
}
"""What counts for each context."""

SPARED: Final = {
    "health": """
        assurance maladie, legal clinic*, law clinic*, tax clinic*, disk disease, miscarriage* of justice,
        siate pazienti, essere pazienti, adicción al trabajo, soil fertility
    """,
    "children": """
        child theme*, child process*, children process*, child node*, child table*, child domain*, child page*,
        child record*, child account*, child compan*, parent child relation*, elternzeit*
    """,
    "union": """
        european union, credit union*, western union, student union, student's union, students union, customs union,
        african union, banking union, monetary union, energy union, rugby union, civil union, syndicat d'initiative,
        syndicat mixte, syndicat intercommunal, syndicat de copropri*, syndicat des copropri*, conseil syndical,
        syndicat bancaire, sindicato bancario, collegio sindacale, collegi sindacali, patto di sindacato,
        sindacato di voto, sindacato di blocco
    """,
    "shelter": "wildlife refuge, mountain refuge, refuge de montagne",
    "religion": "church street, church road, church lane, church hill, church square, church avenue",
    "applications": """
        your application server*, your application software, joint applicant*, patent applicant*, permit applicant*
    """,
    "debt": """
        dettes publiques, dettes techniques, deuda pública, deuda técnica, deuda soberana, dívida pública,
        dívida técnica
    """,
    "testimony": "fashion victim, fashion victims",
}
"""What looks like one of them and is not: words that stand in such a phrase do not count for the context."""
