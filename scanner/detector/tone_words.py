"""Words of subjects by tone and language: short and general; `scanner.detector.subjects` reads them.

Entries are separated by commas. A word counts whole; "word*" from its beginning, "*word" up to its end, "*word*"
anywhere, as in languages that write words together. A word that both mass mail and talk among colleagues use (news,
update, information) stands nowhere: it tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanner.detector.traits import Tone

_BULK = """
    newsletter*, mailing, invitation*, invited, you're invited, save the date, notice, notices, notification, survey*,
    questionnaire*, poll, feedback, registration*, register now, sign up, reminder to register, announcement*,
    announcing, announces, terms of, terms and conditions, terms, conditions of, price list*, price sheet*,
    new prices, prices, price change*, price increase*, tariff*, press release*, media release*,
    request for quotation, quotation request, request for proposal*, call for tenders, call for papers, call for bids,
    rfq, rfp, tender, maintenance, planned outage, service interruption, downtime, special offer*, offers, discount*,
    promotion*, sale, campaign*, webinar*, trade fair, open day, open house, conference registration,
    workshop invitation, circular, bulletin, to all customers, to all members, dear customer*, dear member*,
    our customers, customer notice*, subscribers, privacy policy, change of, changes to our, change in our,
    new opening hours, season's greetings, fundraising, fund-raising, donation*, sponsor*, volunteers needed,
    farewell*, goodbye, good bye, last day, leaving the company, leaving, moving on, new job, new position, my new,
    new address, new e-mail, new email, new mail address, new phone, new number, new contact, e-mail address,
    email address, contact details, contact information, contact info, address change, change of address,
    keep in touch, stay in touch, so long, all the best, thank you all, thanks to all, your, order*, booking*,
    reservation*, parcel*, voucher*, raffle*, prize draw, winners, product recall, customers, guests, members, join us,
    come and see, new rates,
    newslettre*, infolettre*, lettre d'information, communiqué*, enquête*, sondage*, questionnaire, avis de, avis aux,
    inscription*, inscrivez-vous, annonce*, conditions générales, tarif*, nouveaux prix, appel d'offres,
    demande de devis, travaux, interruption de service, offre spéciale, offres, promotion, campagne*, portes ouvertes,
    à nos clients, chers clients, cher client, changement d*, adieu*, au revoir, mon départ, dernier jour,
    nouvelle adresse, nouvelles coordonnées, mes coordonnées, bonne continuation, restons en contact, appel aux dons,
    voeux, vœux, votre, vos, commande*, réservation*, colis, bon d'achat, tirage au sort, gagnants, clients,
    adhérents, rejoignez-nous,
    venez nous, nouveaux tarifs,
    *rundbrief*, *rundschreiben*, *rundmail*, *einladung, *einladungen, einladung*, *umfrage*, *befragung*,
    *fragebogen*, *mitteilung, *mitteilungen, *benachrichtigung*, *bekanntmachung*, *ankündigung*, *anmeldung,
    anmeldung*, *geschäftsbedingungen, agb, *preisliste*, *preisanpassung*, *preiserhöhung*, preise,
    *pressemitteilung*, *presseinformation*, *ausschreibung*, *angebotsanfrage*, *wartung, wartung*,
    *wartungsarbeiten, *angebote, aktion, rabatt*, *kampagne*, tag der offenen tür, *kundentagung*,
    *kundeninformation*, an alle kunden, sehr geehrte kunden, änderung der, änderung unserer, änderungen unserer,
    abschied*, lebewohl, letzter tag, letzter arbeitstag, mein letzter, neue adresse, neue e-mail*, neue email*,
    neue mailadresse, neue telefonnummer, *adressänderung*, kontaktdaten, neue kontaktdaten, alles gute,
    auf wiedersehen, *spende, *spenden, spenden*, *spendenaufruf*, ihr, ihre, ihrer, ihrem, ihren, *bestellung*,
    *buchung, *buchungen, *gutschein*, *verlosung*, *gewinnspiel*, *rückrufaktion*, *kunden, kunden*, mitglieder*,
    besuchen sie uns, kommen sie vorbei,
    boletín*, invitación*, invitamos, aviso, avisos, encuesta*, cuestionario*, inscripción*, inscripciones,
    inscríbete, anuncio*, anunciamos, términos y condiciones, condiciones, precios, lista de precios, tarifas,
    nota de prensa, comunicado*, solicitud de presupuesto, licitación*, mantenimiento, oferta*, descuento*, campaña*,
    a todos los clientes, estimado cliente, estimados clientes, cambio de, cambios en, despedida*, adiós,
    mi último día, último día, nueva dirección, nuevo correo, nuevo e-mail, datos de contacto, hasta siempre,
    donativo*, donación*, pedido, pedidos, reserva*, cupón, cupones, sorteo*, ganadores, clientes, socios,
    invito, inviti, invitiamo, avviso, avvisi, sondaggio*, questionario*, iscrizione*, iscrizioni, registrazione,
    annuncio*, condizioni, prezzi, listino*, comunicato*, richiesta di offerta, richiesta di preventivo,
    gara d'appalto, manutenzione, offerta*, offerte, sconto*, sconti, campagna*, a tutti i clienti, gentile cliente,
    gentili clienti, cambio di, variazione*, saluti, ultimo giorno, nuovo indirizzo, nuova e-mail, nuovi contatti,
    addio, donazione*, raccolta fondi, vostro, vostra, vostri, vostre, ordine, ordini, prenotazione*, prenotazioni,
    buono, estrazione, vincitori, clienti, soci, vi aspettiamo,
    nieuwsbrief*, uitnodiging*, mededeling*, kennisgeving*, enquete*, vragenlijst*, peiling, inschrijving*,
    aanmelding*, registratie, aankondiging*, *voorwaarden, prijzen, *prijslijst*, *prijsverhoging*, tarieven,
    persbericht*, offerteaanvraag*, aanbesteding*, onderhoud, *onderhoud, aanbieding*, korting*, open dag,
    aan alle klanten, beste klant*, geachte klant*, wijziging van, wijzigingen in, afscheid*, laatste werkdag,
    laatste dag, nieuw adres, nieuw e-mailadres, nieuw mailadres, contactgegevens, vaarwel, tot ziens, donatie*, uw,
    jouw, *bestelling*, boeking*, reservering*, *cadeaubon*, loterij, winnaars, klanten, klanten*, leden,
    biuletyn*, zaproszenie*, zapraszamy, zawiadomienie*, powiadomienie*, ankieta*, ankiety, kwestionariusz*,
    rejestracja*, zapisy, ogłoszenie*, komunikat*, regulamin*, warunki, warunków, cennik*, ceny, zmiana cen,
    informacja prasowa, zapytanie ofertowe, przetarg*, konserwacja*, przerwa techniczna, oferty, rabat*, promocja*,
    kampania*, drodzy klienci, szanowni klienci, do wszystkich klientów, ważna informacja, zmiana adresu,
    zmiana warunków, zmiana terminu, pożegnanie*, do widzenia, ostatni dzień, nowy adres, nowy e-mail,
    dane kontaktowe, zbiórka*, darowizna*, twój, twoja, twoje, państwa, zamówienie*, zamówienia, rezerwacja*, paczka,
    kupon*, losowanie*, zwycięzcy, klienci, klientów, członkowie,
    boletim*, convite*, convidamos, inquérito*, pesquisa de, questionário*, inscrição*, inscrições, anúncio*,
    termos e condições, condições, preços, tabela de preços, nota de imprensa, pedido de cotação, licitação*,
    concurso público, manutenção, desconto*, promoção*, campanha*, a todos os clientes, caro cliente, caros clientes,
    prezado cliente, mudança de, alteração de, alterações, último dia, novo endereço, novo e-mail, dados de contacto,
    dados de contato, adeus, doação*, doações, vossa, vosso, encomenda*, sorteio*, vencedores, sócios, venha conhecer,
    junte-se a nós,
    nyhetsbrev*, nyhedsbrev*, inbjudan*, invitasjon*, *indbydelse*, undersökning*, undersøkelse*, undersøgelse*,
    enkät*, spørreskjema*, spørgeskema*, *anmälan*, påmelding*, tilmelding*, meddelande*, meddelelse*, villkor*,
    vilkår*, priser, prislista*, prisliste*, pressmeddelande*, pressemelding*, pressemeddelelse*, offertförfrågan*,
    underhåll*, vedlikehold*, vedligeholdelse*, erbjudande*, kampanj*, till alla kunder, til alle kunder, ny adress,
    ny adresse, ny e-post*, sista dag, siste dag, sidste dag, avsked*, farvel, kontaktuppgifter, uutiskirje*, kutsu*,
    kysely*, tiedote*,
    *アンケート*, *お知らせ*, *ご案内*, *ご招待*, *招待状*, *ニュースレター*, *メルマガ*, *キャンペーン*, *登録*,
    *募集*, *メンテナンス*, *価格改定*, *規約*, *プレスリリース*, *見積依頼*, *退職*, *異動*, *アドレス変更*,
    *連絡先変更*, *通知*, *公告*, *邀请*, *邀請*, *问卷*, *問卷*, *调查*, *調查*, *反馈*, *报名*, *報名*, *注册*,
    *新闻稿*, *新聞稿*, *询价*, *詢價*, *招标*, *招標*, *维护*, *維護*, *优惠*, *優惠*, *促销*, *活动*, *条款*,
    *條款*, *价格调整*, *离职*, *離職*, *新邮箱*, *新地址*, *联系方式*, *초대*, *안내*, *설문*, *공지*
"""
_PERSONAL = """
    joke*, funny, hilarious, humor, humour, so true, lol, haha*, laugh*, you have to see, have to see this,
    must see this, cute, chain letter, pass it on, pass this on, prayer*, pray for, blessing*, inspirational, party,
    birthday*, bday, wedding*, baby shower, bachelor*, housewarming, barbecue*, bbq, cookout, picnic*,
    happy hour, pub, beer*, poker, golf, tennis, softball, fantasy football, football pool, game night,
    games night, movie night, girls' night, guys' night, ski trip, road trip, camping trip, holiday photos,
    photos, pics, pictures, family, reunion*, kids, christmas dinner, thanksgiving, super bowl, tailgate*,
    happy birthday,
    blague*, drôle*, rigolo*, marrant*, anniversaire*, mariage*, crémaillère, apéro*, barbecue,
    pique-nique*, photos de, match de foot, prière*, famille,
    witz, witze, *witzig*, lustig*, *spaß*, *feier, feier*, *geburtstag*, *hochzeit*, *einweihung*, *grillen*,
    grillabend*, stammtisch*, *kneipe*, *urlaubsfotos*, *spieleabend*, *fußball*, *kegeln*, *fotos*,
    familie, *weihnachtsessen*,
    chiste*, gracioso, gracia, divertido*, cumpleaños, boda, bodas, barbacoa*, fotos,
    cena de amigos, partido de, oración, familia,
    barzelletta*, barzellette, divertente*, divertenti, battuta*, festa, compleanno*, matrimonio*, grigliata*,
    aperitivo*, foto, calcetto, partita di, preghiera*, famiglia,
    mop, moppen, grapje*, grappig*, lachen, feest, feestje, *feestje*, verjaardag*, bruiloft*, borrel*, *borrel,
    kroeg*, foto's, gebed*, spelletjesavond*, voetbal*,
    dowcip*, żart*, śmieszne*, kawał*, zabawne*, impreza*, imprezę, urodziny*, wesele*, grill, grilla, parapetówka*,
    piwo, zdjęcia, modlitwa*, rodzina, mecz,
    piada*, engraçado*, engraçada*, aniversário*, casamento*, churrasco*, cerveja*, oração*, família,
    skämt*, rolig*, morsom*, sjov, fest, festen, *fest, födelsedag*, bursdag*, fødselsdag*, bröllop*, bryllup*,
    bilder, billeder,
    *飲み会*, *誕生日*, *忘年会*, *笑話*, *笑话*, *生日*, *聚会*, *聚會*, *婚礼*
"""
_WORK = """
    meeting*, agenda*, minutes, minutes of, draft*, conference call*, call, calls, telco, telecon*, comment*, version,
    versions, revision, revisions, mark-up, markup, redline*, action item*, action point*, action list, to-do*, todo*,
    review, workstream*, work stream*, work package*, working group*, task force*, steering committee*, committee,
    project*, deliverable*, milestone*, agreement*, term sheet*, closing, due diligence, settlement*,
    schedule, status report, weekly report, weekly sync, weekly call, kick-off*, kickoff*, workshop, conference room,
    discussion, proposal, memo, memorandum, brief, filing, docket*, hearing*, signature page*, signature pages,
    réunion*, ordre du jour, compte rendu*, compte-rendu*, procès-verbal, projet*, ébauche*, commentaires, remarques,
    groupe de travail, comité*, contrat*, accord, avenant*, livrable*, échéance*, point d'avancement, relecture,
    *besprechung*, *sitzung, *sitzungen, sitzung*, *protokoll*, *tagesordnung*, *entwurf*, *entwürfe*, *anmerkungen*,
    *kommentare*, *arbeitsgruppe*, *arbeitspaket*, *lenkungskreis*, *projekt*, *vertrag, *vertrags*, *vereinbarung*,
    telefonkonferenz*, *abstimmung, *termin, *meilenstein*, *stellungnahme*,
    reunión*, reuniones, orden del día, acta, actas, borrador*, comentarios, grupo de trabajo, proyecto*, contrato*,
    acuerdo*, llamada, teleconferencia*, revisión*, entregable*,
    riunione*, riunioni, ordine del giorno, verbale*, bozza*, commenti, gruppo di lavoro, comitato*, progetto*,
    contratto*, accordo*, revisione*, chiamata, conferenza telefonica,
    vergadering*, bespreking*, notulen*, concept*, opmerkingen, werkgroep*, stuurgroep*, projectplan*, overeenkomst*,
    overleg*, *overleg, conference call, actielijst*, actiepunten*,
    spotkanie*, porządek obrad, protokół*, notatka*, projekt*, uwagi, komentarze, grupa robocza, komitet*, umowa*,
    umowy, telekonferencja*, wersja*, zebranie*,
    reunião*, reuniões, ordem de trabalhos, ata, atas, pauta*, rascunho*, minuta*, comentários, grupo de trabalho,
    comitê*, projeto*, projecto*, acordo*, teleconferência*, revisão*,
    möte*, møte*, møde*, dagordning*, dagsorden*, dagsordning*, protokoll*, referat*, utkast*, udkast*, synpunkter,
    arbetsgrupp*, arbeidsgruppe*, arbejdsgruppe*, avtal*, avtale*, aftale*, kokous*, pöytäkirja*, luonnos*,
    *会議*, *議事録*, *打ち合わせ*, *打合せ*, *議題*, *草案*, *契約*, *会议*, *會議*, *纪要*, *紀要*, *议程*, *議程*,
    *草稿*, *合同*, *项目*, *회의*
"""
_RECALL = """
    message recall*, recalled message*, would like to recall, please delete, please disregard,
    disregard previous, disregard my, ignore previous, ignore my previous, do not open, sent in error,
    sent by mistake, rappel de message, rappel du message, merci de supprimer, veuillez supprimer,
    ne pas tenir compte, envoyé par erreur, nachrichtenrückruf*, rückruf der nachricht, bitte löschen,
    bitte ignorieren, irrtümlich gesendet, irrtümlich versendet, recuperar el mensaje, por favor borrar,
    por favor elimine*, ignore el correo, ignorar el mensaje, enviado por error, richiamo del messaggio,
    si prega di eliminare, si prega di ignorare, ignorare il messaggio, inviato per errore, bericht intrekken,
    gelieve te verwijderen, graag verwijderen, negeer vorige*, per ongeluk verzonden, odwołanie wiadomości,
    wycofanie wiadomości, proszę usunąć, prosimy o usunięcie, proszę zignorować, wysłane omyłkowo, favor apagar,
    por favor apague*, desconsiderar, favor desconsiderar, enviado por engano, previous e-mail, previous email,
    previous message, vorherige e-mail, vorherige mail, vorherigen e-mail, message précédent, mail précédent,
    précédent message, correo anterior, mensaje anterior, mail precedente, precedente mail, messaggio precedente,
    vorige e-mail, vorige mail, vorig bericht, poprzedni e-mail, poprzednią wiadomość, e-mail anterior,
    mensagem anterior, *撤回邮件*, *请删除*,
    *削除してください*, *削除のお願い*
"""
_APOLOGY = """
    sorry, apology, apologies, apologize*, apologise*, apologizing, apologising, my bad, excuses, excusez*,
    pardon, désolé*, désolée*, navré*, *entschuldigung*, entschuldigen*, verzeihung, tut mir leid,
    tut uns leid, disculpa, disculpas, disculpe*, lo siento, lo sentimos, perdón, perdone*, scuse, scusa,
    scusate*, scusateci, spiacente*, spiacenti, ci scusiamo, mi scuso, excuus, onze excuses, verontschuldiging*,
    spijt ons, het spijt, przepraszam*, przeprosiny*, przykro nam, desculpa, desculpas, desculpe*,
    pedido de desculpa*, pedimos desculpa*, sentimos muito, ursäkta, ber om ursäkt, beklager*, beklagar*, unnskyld*,
    undskyld*, anteeksi, pahoittelemme, *お詫び*, *申し訳*, *道歉*, *致歉*, *抱歉*, *사과*
"""
_CORRECTION = """
    corrected, correction, corrections, corrigendum, erratum, errata, corrected version, correct version,
    revised version, please use this version, amended version, right version, now with attachment,
    with attachment this time, second attempt, rectificatif*, rectification*, version corrigée, korrektur*,
    *korrektur, korrigierte*, berichtigung*, richtigstellung*, corrección*, corregid*, rectificación*, fe de erratas,
    correzione*, corretto, corretta, rettifica*, errata corrige, correctie*, gecorrigeerd*, rectificatie*, korekta*,
    poprawiona*, poprawka*, sprostowanie*, correção*, corrigid*, retificação*, rettelse*, rättelse*, korrigering*,
    *訂正*, *订正*, *更正*, *정정*
"""

MISLEADING: Final = ("third party", "third-party", "third parties", "party to")
"""Phrases whose words mean something else there."""

TONE_WORDS: Final[Mapping[Tone, str]] = {
    Tone.BULK: _BULK,
    Tone.PERSONAL: _PERSONAL,
    Tone.WORK: _WORK,
    Tone.RECALL: _RECALL,
    Tone.APOLOGY: _APOLOGY,
    Tone.CORRECTION: _CORRECTION,
}
"""The entries of each tone."""
